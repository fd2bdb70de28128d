using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Encode.Contracts.Jobs;
using Encode.Media;
using Encode.Media.Pipeline;

namespace Encode.Bench;

/// <summary>What one <c>bench run</c> measured.</summary>
internal sealed record RunReport
{
    private const int LabelWidth = 18;

    /// <summary>Name of the scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>The file that was encoded; null for a generated clip.</summary>
    public string? Input { get; init; }

    /// <summary>Name of the video encoder.</summary>
    public required string Encoder { get; init; }

    /// <summary>Version of the linked FFmpeg.</summary>
    [JsonPropertyName("ffmpeg_version")]
    public required string FFmpegVersion { get; init; }

    /// <summary>Processors that this process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Width of the output in pixels.</summary>
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

    /// <summary>Length of the output in bytes.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>From the start to the return of the first <c>avcodec_send_frame</c>, in milliseconds.</summary>
    public double? FirstFrameMilliseconds { get; init; }

    /// <summary>Busy time by stage; stages overlap, so the sum may exceed <see cref="Seconds"/>.</summary>
    public required IReadOnlyList<StageProfile> Stages { get; init; }

    /// <summary>Puts the figures together.</summary>
    internal static RunReport Of(string scenario, string? input, TranscodeResult result, double seconds, double cpuSeconds, long? peakRssBytes) => new()
    {
        Scenario = scenario,
        Input = input,
        Encoder = result.Encoder,
        FFmpegVersion = MediaRuntime.FFmpegVersion,
        Processors = Environment.ProcessorCount,
        Width = result.Width,
        Height = result.Height,
        FrameRate = result.FrameRate,
        Frames = result.Frames,
        Seconds = seconds,
        Fps = result.Frames / seconds,
        RealTimeFactor = result.DurationSeconds / seconds,
        CpuSeconds = cpuSeconds,
        PeakRssBytes = peakRssBytes,
        OutputBytes = result.Bytes,
        FirstFrameMilliseconds = result.FirstFrameMilliseconds,
        Stages = result.Stages,
    };

    /// <summary>The figures for a reader, a line each.</summary>
    internal string ToTable()
    {
        StringBuilder table = new();
        Row("scenario", $"{Scenario}, {Input ?? "generated clip"}");
        Row("encoder", $"{Encoder}, FFmpeg {FFmpegVersion}, {Processors} processors");
        Row("output", $"{Width}x{Height} at {FrameRate}, {Frames} frames, {OutputBytes} bytes");
        Row("speed", $"{Fps:0.0} fps, {RealTimeFactor:0.00}x real time, {Seconds:0.00} s");
        Row("first frame", $"{FirstFrameMilliseconds:0} ms");
        Row("cpu", $"{CpuSeconds:0.00} s, {CpuSeconds / Seconds:0.00} processors busy");
        if (PeakRssBytes is { } peak)
        {
            Row("peak memory", $"{peak / 1e6:0} MB");
        }

        string stages = string.Join(", ", Stages.Select(stage => string.Create(CultureInfo.InvariantCulture, $"{stage.Name} {stage.Seconds:0.00} s")));
        Row("stages busy", $"{stages}");
        return table.ToString();

        void Row(string label, FormattableString value) =>
            table.Append(label.PadRight(LabelWidth)).Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}

/// <summary>The form of <see cref="RunReport"/>: snake_case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class RunReportJson : JsonSerializerContext;
