using System.Globalization;
using System.Text.Json.Serialization;
using Encode.Bench.Jobs;
using Encode.Bench.Terminal;
using Encode.Contracts.Jobs;
using Encode.Media;
using Spectre.Console;

namespace Encode.Bench.Running;

/// <summary>What one <c>bench run</c> measured.</summary>
internal sealed record RunReport
{
    /// <summary>Name of the scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>The file that was encoded; null for a generated clip.</summary>
    public string? Input { get; init; }

    /// <summary>Name of the video encoder.</summary>
    public required string Encoder { get; init; }

    /// <summary>The encoder's preset.</summary>
    public required string Preset { get; init; }

    /// <summary>Version of the linked FFmpeg.</summary>
    [JsonPropertyName("ffmpeg_version")]
    public required string FFmpegVersion { get; init; }

    /// <summary>Processors that this process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Width of the output in pixels; of the first rendition, as all that follows of the picture.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the output in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Rate of the output in frames a second.</summary>
    public required Rational FrameRate { get; init; }

    /// <summary>Video frames encoded.</summary>
    public required long Frames { get; init; }

    /// <summary>Wall-clock seconds from the open of the input to the finished file.</summary>
    public required double Seconds { get; init; }

    /// <summary>Frames encoded a wall-clock second.</summary>
    public required double Fps { get; init; }

    /// <summary>Output seconds a wall-clock second.</summary>
    public required double RealTimeFactor { get; init; }

    /// <summary>User and system time of this process during the encode, in seconds.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>Peak resident set of this process in bytes (<c>VmHWM</c>, proc(5)); null where /proc is not mounted.</summary>
    public long? PeakRssBytes { get; init; }

    /// <summary>Managed bytes that all threads allocated during the encode: a fixed part for its start, nothing a frame.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>Length of the output in bytes.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Average bitrate of the picture in bit/s.</summary>
    public required double VideoBitrate { get; init; }

    /// <summary>PSNR of the picture against what was encoded, over all planes, in dB; null where nothing at hand can measure it.</summary>
    public double? Psnr { get; init; }

    /// <summary>From the start to the return of the first <c>avcodec_send_frame</c>, in milliseconds.</summary>
    public double? FirstFrameMilliseconds { get; init; }

    /// <summary>Busy time by stage; stages overlap, so the sum may exceed <see cref="Seconds"/>.</summary>
    public required IReadOnlyList<StageProfile> Stages { get; init; }

    /// <summary>Puts the figures together.</summary>
    internal static RunReport Of(EncodeJob job, EncodeOutcome outcome, long? peakRssBytes, double? psnr) => new()
    {
        Scenario = job.Settings.Scenario,
        Input = job.Input,
        Encoder = outcome.Encoder,
        Preset = job.Settings.Video[0].Preset,
        FFmpegVersion = MediaRuntime.FFmpegVersion,
        Processors = Environment.ProcessorCount,
        Width = outcome.Width,
        Height = outcome.Height,
        FrameRate = outcome.FrameRate,
        Frames = outcome.Frames,
        Seconds = outcome.Seconds,
        Fps = outcome.Frames / outcome.Seconds,
        RealTimeFactor = outcome.DurationSeconds / outcome.Seconds,
        CpuSeconds = outcome.CpuSeconds,
        PeakRssBytes = peakRssBytes,
        AllocatedBytes = outcome.AllocatedBytes,
        OutputBytes = outcome.OutputBytes,
        VideoBitrate = outcome.VideoBitrate,
        Psnr = psnr,
        FirstFrameMilliseconds = outcome.FirstFrameMilliseconds,
        Stages = outcome.Stages,
    };

    /// <summary>Writes the figures for people.</summary>
    internal void Print()
    {
        Grid facts = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(0).PadRight(4)).AddColumn(new GridColumn().PadLeft(0));
        Fact("scenario", $"{Scenario}, {Input ?? "generated clip"}");
        Fact("encoder", $"{Encoder} {Preset}, FFmpeg {FFmpegVersion}, {Processors} processors");
        Fact("output", $"{Width}x{Height} at {FrameRate}, {Frames} frames, {OutputBytes} bytes, picture {VideoBitrate / 1000:0} kbit/s");
        Fact("speed", $"{Fps:0.0} fps, {RealTimeFactor:0.00}x real time, {Seconds:0.00} s");
        Fact("first frame", $"{FirstFrameMilliseconds:0} ms");
        Fact("cpu", $"{CpuSeconds:0.00} s, {CpuSeconds / Seconds:0.00} processors busy");
        Fact("memory", $"{(PeakRssBytes is { } peak ? $"{peak / 1e6:0} MB resident at most, " : "")}{AllocatedBytes / 1e3:0} kB of managed allocations");
        if (Psnr is { } psnr)
        {
            Fact("psnr", $"{psnr:0.00} dB");
        }

        Output.Write(facts);
        Table stages = Output.Table("stage", " busy s", " of wall");
        foreach (StageProfile stage in Stages)
        {
            stages.AddTextRow(stage.Name, string.Create(CultureInfo.InvariantCulture, $"{stage.Seconds:0.00}"), string.Create(CultureInfo.InvariantCulture, $"{stage.Seconds / Seconds * 100:0} %"));
        }

        Output.Write(stages);

        void Fact(string label, FormattableString value) => facts.AddRow(new Text(label), new Text(value.ToString(CultureInfo.InvariantCulture)));
    }
}
