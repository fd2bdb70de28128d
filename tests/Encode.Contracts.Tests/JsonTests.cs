using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Tests;

/// <summary>The wire form: names, round trips, and what is refused.</summary>
public sealed class JsonTests
{
    [Fact]
    public void An_offer_survives_the_wire()
    {
        JobOffer offer = new()
        {
            Key = new AttemptKey("0123456789abcdef0123456789abcdef", 2, "f00d"),
            Sequence = 7,
            LeaseSeconds = 90,
            Settings = ScenarioTable.Find("1080p29.97-hevc-nvenc")!,
            InputUrl = "upload:in.mov",
            Outputs = [new JobOutput("file:/srv/out.mp4", IfExists.Replace)],
        };
        string json = JsonSerializer.Serialize(offer, ContractsJson.Default.JobOffer);
        Assert.Equivalent(offer, JsonSerializer.Deserialize(json, ContractsJson.Default.JobOffer), strict: true);
        Assert.Contains("\"lease_seconds\":90", json, StringComparison.Ordinal);
        Assert.Contains("\"frame_rate\":\"30000/1001\"", json, StringComparison.Ordinal);
        Assert.Contains("\"if_exists\":\"replace\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void States_are_words_and_never_numbers()
    {
        string json = JsonSerializer.Serialize(new ProgressMessage(new AttemptKey("j", 1, "t"), AttemptPhase.Encoding, null), ContractsJson.Default.ProgressMessage);
        Assert.Contains("\"phase\":\"encoding\"", json, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json.Replace("\"encoding\"", "1", StringComparison.Ordinal), ContractsJson.Default.ProgressMessage));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"incarnation":null,"sequence":1,"slots_total":1,"slots_free":1,"held":[]}""")]
    [InlineData("""{"incarnation":"a","sequence":1,"slots_total":1,"slots_free":1}""")]
    public void A_message_without_what_it_needs_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ContractsJson.Default.Heartbeat));

    [Fact]
    public void Settings_of_an_older_master_have_one_output_and_no_subtitles()
    {
        EncodeSettings settings = JsonSerializer.Deserialize(
            """{"scenario":"720p-h264","generated_seconds":10,"video":[{"name":"v0","codec":"h264","box_width":1280,"box_height":720,"fallback":"none","upscale":true,"preset":"fast","bitrate":1,"gop_seconds":2,"bit_depth":8}],"audio":[{"bitrate":128000}]}""",
            ContractsJson.Default.EncodeSettings)!;
        EncodeSettings expected = new()
        {
            Scenario = "720p-h264",
            Video = [new VideoSettings { Codec = VideoCodec.H264, BoxWidth = 1280, BoxHeight = 720, Preset = "fast", Bitrate = 1 }],
            Audio = [new AudioSettings()],
        };
        Assert.Equivalent(expected, settings, strict: true);
        Assert.Empty(settings.Subtitles);
        Assert.Equal([new OutputSettings()], settings.Outputs);
    }

    [Fact]
    public void A_result_of_an_older_version_is_read()
    {
        JobResult result = JsonSerializer.Deserialize(
            """{"files":[],"frames":60,"duration_seconds":2,"width":640,"height":360,"frame_rate":"30/1","encoder":"libx264","elapsed_seconds":3,"real_time_factor":1.5,"stages":[{"name":"encode","seconds":1.25}]}""",
            ContractsJson.Default.JobResult)!;
        Assert.Equal([new StageProfile("encode", 1.25)], result.Stages);
        Assert.Empty(result.Renditions);
        Assert.Empty(result.Notes);
        Assert.Null(result.BoundBy);
        Assert.Null(result.Resources);
    }

    [Fact]
    public void A_result_with_as_many_renditions_as_a_job_may_have_fits_a_message_with_a_full_log()
    {
        StageProfile stage = new("encode " + new string('x', 100), 12345.678)
        {
            InputWaitSeconds = 12345.678,
            OutputWaitSeconds = 12345.678,
            CpuSeconds = 12345.678,
            Frames = 12_345_678,
            FrameP50Milliseconds = 12345.678,
            FrameP99Milliseconds = 12345.678,
            QueueDepthMean = 123.456,
            QueueDepthMax = 512,
            Bytes = 1L << 50,
            AllocatedBytes = 1L << 50,
        };
        PlaneFigures figures = new(12.345678, 12.345678, 12.345678, 12.345678);
        JobRendition rendition = new()
        {
            Name = new string('x', 100),
            Codec = VideoCodec.Hevc,
            Encoder = "libx265",
            Width = 3840,
            Height = 2160,
            FrameRate = new Rational(60000, 1001),
            Frames = 12_345_678,
            Bytes = 1L << 50,
            Bitrate = 1L << 40,
            Psnr = figures,
            Ssim = figures,
        };
        JobResult result = new()
        {
            Files = [],
            Frames = 1,
            DurationSeconds = 1,
            Width = 1,
            Height = 1,
            FrameRate = new Rational(30, 1),
            Encoder = "libx265",
            ElapsedSeconds = 1,
            RealTimeFactor = 1,
            Stages = [.. Enumerable.Repeat(stage, (4 * JobLimits.ListEntries) + 16)],
            Renditions = [.. Enumerable.Repeat(rendition, JobLimits.ListEntries)],
        };
        ResultMessage message = new(new AttemptKey("j", 1, "t"), Outcome.Succeeded, result, null, []);
        // Half of a message is left to the log, which is held to that.
        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(message, ContractsJson.Default.ResultMessage).Length, 50_000, MessageLimits.PayloadBytes / 4);
    }

    [Fact]
    public void Members_of_later_versions_are_ignored()
    {
        Heartbeat? heartbeat = JsonSerializer.Deserialize("""{"incarnation":"a","sequence":1,"slots_total":2,"slots_free":1,"held":[],"mood":"fine"}""", ContractsJson.Default.Heartbeat);
        Assert.Equal(2, heartbeat!.SlotsTotal);
    }
}
