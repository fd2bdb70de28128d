using System.Text.Json.Serialization;
using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Bench.Jobs;

/// <summary>How an encode went, in a form that travels from the child that ran it.</summary>
internal sealed record EncodeOutcome
{
    /// <summary>Why there is no result; null when there is one.</summary>
    public string? Error { get; init; }

    /// <summary>Name of the encoder of the first rendition.</summary>
    public string Encoder { get; init; } = "";

    /// <summary>Width of the first rendition in pixels.</summary>
    public int Width { get; init; }

    /// <summary>Height of the first rendition in pixels.</summary>
    public int Height { get; init; }

    /// <summary>Rate of the first rendition in frames a second.</summary>
    public Rational FrameRate { get; init; } = new(1, 1);

    /// <summary>Frames of the first rendition.</summary>
    public long Frames { get; init; }

    /// <summary>Length of the output in seconds.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Length of all files in bytes.</summary>
    public long OutputBytes { get; init; }

    /// <summary>Bytes that the encoder of the first rendition made.</summary>
    public long VideoBytes { get; init; }

    /// <summary>Wall-clock seconds from the open of the files to the last byte of the last.</summary>
    public double Seconds { get; init; }

    /// <summary>Wall-clock seconds of the engine alone: from the start of the run, before the container is opened, to its last byte.</summary>
    public double EngineSeconds { get; init; }

    /// <summary>User and system time of the process meanwhile, in seconds.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Managed bytes that all threads of the process allocated meanwhile.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Largest resident set of the process during the encode, in bytes; null where /proc is not mounted.</summary>
    public long? PeakRssBytes { get; init; }

    /// <summary>PSNR of the first rendition against what went into its encoder, over all planes, in dB; null where it was not asked for, and where nothing was lost.</summary>
    public double? Psnr { get; init; }

    /// <summary>SSIM of the same, from 0 to 1; null where it was not asked for.</summary>
    public double? Ssim { get; init; }

    /// <summary>From the start to the return of the first <c>avcodec_send_frame</c>, in milliseconds.</summary>
    public double? FirstFrameMilliseconds { get; init; }

    /// <summary>Name of the stage that was busy longest.</summary>
    public string? BoundBy { get; init; }

    /// <summary>How each stage went; stages overlap.</summary>
    public IReadOnlyList<StageProfile> Stages { get; init; } = [];

    /// <summary>Average bitrate of the first rendition in bit/s.</summary>
    [JsonIgnore]
    public double VideoBitrate => VideoBytes * 8 * FrameRate.Value / Math.Max(1, Frames);

    /// <summary>Puts a run's figures together.</summary>
    public static EncodeOutcome Of(TranscodeResult result, double seconds, double cpuSeconds, long allocatedBytes) => new()
    {
        Encoder = result.Encoder,
        Width = result.Width,
        Height = result.Height,
        FrameRate = result.FrameRate,
        Frames = result.Frames,
        DurationSeconds = result.DurationSeconds,
        OutputBytes = result.Bytes,
        VideoBytes = result.Renditions[0].Bytes,
        Seconds = seconds,
        EngineSeconds = result.EncodeSeconds,
        CpuSeconds = cpuSeconds,
        AllocatedBytes = allocatedBytes,
        PeakRssBytes = result.Resources?.PeakMemoryBytes,
        FirstFrameMilliseconds = result.FirstFrameMilliseconds,
        BoundBy = result.BoundBy,
        Stages = result.Stages,
    };
}
