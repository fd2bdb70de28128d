using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Hardware;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>Hardware encoders that are there and do not open: here because the driver is missing, elsewhere because the GPU has no session left.</summary>
public sealed class FallbackTests : MediaTest
{
    [Theory]
    [InlineData(VideoCodec.H264, 8, "libx264", "ultrafast")]
    [InlineData(VideoCodec.Hevc, 8, "libx265", "p4")]
    [InlineData(VideoCodec.Hevc, 10, "libx265", "p4")]
    [InlineData(VideoCodec.Av1, 10, "libsvtav1", "p4")]
    public void An_encoder_that_does_not_open_is_replaced_by_software_that_makes_the_same_packets_as_without_it(VideoCodec codec, int depth, string encoder, string preset)
    {
        SkipWhereItOpens();
        Transcoded fallen = TranscodeOnOneThread(OnHardware(Settings(codec, depth), preset), MediaSources.Clip(), triesWithoutDriver: true);
        Assert.Equal(encoder, fallen.Result.Encoder);
        Assert.Equal(encoder, fallen.Result.Renditions[0].Encoder);
        string note = Assert.Single(fallen.Result.Notes, note => note.StartsWith("Encoded in software: open encoder ", StringComparison.Ordinal));
        Assert.Contains("_nvenc: this host has no ", note, StringComparison.Ordinal);
        Assert.Equal(MediaPackets.Hashes(TranscodeOnOneThread(Settings(codec, depth), MediaSources.Clip()).Path), MediaPackets.Hashes(fallen.Path));
    }

    [Fact]
    public void Pictures_of_a_matrix_that_swscale_does_not_know_fall_back_too()
    {
        SkipWhereItOpens();
        string source = MediaSources.Make(
            "ictcp.mkv",
            "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1,format=yuv420p10le,setparams=colorspace=ictcp:color_primaries=bt2020:color_trc=smpte2084:range=tv -c:v ffv1");
        Transcoded fallen = TranscodeOnOneThread(OnHardware(Settings(VideoCodec.Hevc, 10), "p4"), source, triesWithoutDriver: true);
        Assert.Equal("libx265", fallen.Result.Encoder);
        Assert.Equal("ictcp", MediaReport.Text(fallen.Report.Video, "color_space"));
        Assert.Equal(MediaPackets.Hashes(TranscodeOnOneThread(Settings(VideoCodec.Hevc, 10), source).Path), MediaPackets.Hashes(fallen.Path));
    }

    [Fact]
    public void Without_leave_to_fall_back_the_job_fails_and_says_why()
    {
        SkipWhereItOpens();
        EncodeSettings settings = OnHardware(Settings(VideoCodec.H264, 8), "p4");
        settings = settings with { Video = [settings.Video[0] with { Fallback = EncoderFallback.None }] };
        MediaException error = Assert.Throws<MediaException>(() => TranscodeOnOneThread(settings, MediaSources.Clip(), triesWithoutDriver: true));
        Assert.Equal(ErrorClass.Capability, error.Class);
        Assert.StartsWith("open encoder h264_nvenc: this host has no ", error.Message, StringComparison.Ordinal);
    }

    private static void SkipWhereItOpens() => Assert.SkipWhen(NvencLibraries.Missing is null, "this host has an NVIDIA driver, so NVENC opens");

    private static EncodeSettings OnHardware(EncodeSettings settings, string preset) =>
        settings with { Video = [settings.Video[0] with { Encoder = EncoderChoice.Nvenc, Preset = preset, Fallback = EncoderFallback.Software }] };

    // x264's usual preset reads memory that it has not written, and makes other packets now and then.
    private static EncodeSettings Settings(VideoCodec codec, int depth)
    {
        EncodeSettings scenario = Scenario("360p30-h264");
        VideoSettings video = scenario.Video[0] with
        {
            Codec = codec,
            BitDepth = depth,
            BoxWidth = 320,
            BoxHeight = 180,
            Preset = codec == VideoCodec.H264 ? "ultrafast" : EncoderWords.DefaultPreset(codec, EncoderChoice.Software),
            RateControl = RateControlMode.Crf,
            Crf = 30,
        };
        return scenario with { Video = [video], Audio = [], Outputs = [new OutputSettings { Container = Container.Mkv }] };
    }
}
