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

    /// <summary>Managed bytes that all threads allocated during the encode: a fixed part for its start and two reports a second, nothing a frame; with a progress bar its own besides.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>Length of the output in bytes.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Average bitrate of the picture in bit/s.</summary>
    public required double VideoBitrate { get; init; }

    /// <summary>PSNR of the picture against what went into the encoder, over all planes, in dB; null where nothing was lost.</summary>
    public double? Psnr { get; init; }

    /// <summary>SSIM of the same, from 0 to 1.</summary>
    public double? Ssim { get; init; }

    /// <summary>From the start to the return of the first <c>avcodec_send_frame</c>, in milliseconds.</summary>
    public double? FirstFrameMilliseconds { get; init; }

    /// <summary>Name of the stage that was busy longest.</summary>
    public string? BoundBy { get; init; }

    /// <summary>How each stage went; stages overlap, so the sum of their times may exceed <see cref="Seconds"/>.</summary>
    public required IReadOnlyList<StageProfile> Stages { get; init; }

    /// <summary>Puts the figures together.</summary>
    internal static RunReport Of(EncodeJob job, EncodeOutcome outcome) => new()
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
        PeakRssBytes = outcome.PeakRssBytes,
        AllocatedBytes = outcome.AllocatedBytes,
        OutputBytes = outcome.OutputBytes,
        VideoBitrate = outcome.VideoBitrate,
        Psnr = outcome.Psnr,
        Ssim = outcome.Ssim,
        FirstFrameMilliseconds = outcome.FirstFrameMilliseconds,
        BoundBy = outcome.BoundBy,
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
        Fact("bound by", $"{BoundBy}, the stage that was busy longest");
        Fact("first frame", $"{FirstFrameMilliseconds:0} ms");
        Fact("cpu", $"{CpuSeconds:0.00} s, {CpuSeconds / Seconds:0.00} processors busy");
        Fact("memory", $"{(PeakRssBytes is { } peak ? $"{peak / 1e6:0} MB resident at most, " : "")}{AllocatedBytes / 1e3:0} kB of managed allocations");
        if (Ssim is { } ssim)
        {
            Fact("quality", $"PSNR {(Psnr is { } psnr ? FormattableString.Invariant($"{psnr:0.00} dB") : "infinite")}, SSIM {ssim:0.0000}");
        }

        Output.Write(facts);
        Output.Write(StageTable());

        void Fact(string label, FormattableString value) => facts.AddRow(new Text(label), new Text(value.ToString(CultureInfo.InvariantCulture)));
    }

    private Table StageTable()
    {
        Table table = Output.Table("stage", " busy s", " %", " cpu s", " waits in", " out", " frames", " p50 ms", " p99 ms", " queue", " kB", " alloc B");
        foreach (StageProfile stage in Stages)
        {
            table.AddTextRow(
                stage.Name,
                Number(stage.Seconds, "0.00"),
                Number(stage.Seconds / Seconds * 100, "0"),
                Number(stage.CpuSeconds, "0.00"),
                Number(stage.InputWaitSeconds, "0.00"),
                Number(stage.OutputWaitSeconds, "0.00"),
                Number(stage.Frames, "0"),
                Number(stage.FrameP50Milliseconds, "0.00"),
                Number(stage.FrameP99Milliseconds, "0.00"),
                Number(stage.QueueDepthMean, "0.0"),
                Number(stage.Bytes / 1e3, "0"),
                Number(stage.AllocatedBytes, "0"));
        }

        return table;
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
