using Encode.Contracts.Jobs;

namespace Encode.Media.Pipeline;

/// <summary>What a transcode made, as counted while making it; <see cref="OutputVerifier"/> compares it with the file.</summary>
public sealed record TranscodeResult
{
    /// <summary>Each rendition of the picture; the members below are those of the first.</summary>
    public required IReadOnlyList<RenditionResult> Renditions { get; init; }

    /// <summary>Each file of each output, in the order of the request's.</summary>
    public required IReadOnlyList<FileResult> Files { get; init; }

    /// <summary>Video frames in the output.</summary>
    public required long Frames { get; init; }

    /// <summary>Length of the longest output in seconds: the end of its longest picture or sound.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>Width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Constant rate in frames a second.</summary>
    public required Rational FrameRate { get; init; }

    /// <summary>Name of the video encoder, such as <c>libx264</c>.</summary>
    public required string Encoder { get; init; }

    /// <summary>Wall-clock seconds of the whole run.</summary>
    public required double EncodeSeconds { get; init; }

    /// <summary>Output seconds a wall-clock second; of a run that went on from a cut, those behind it.</summary>
    public required double RealTimeFactor { get; init; }

    /// <summary>From the start of the run to the return of the first <c>avcodec_send_frame</c>, in milliseconds.</summary>
    public double? FirstFrameMilliseconds { get; init; }

    /// <summary>How each stage went: open, demux, decode, filter, encode, audio, mux. Stages overlap, so the sum of their times may exceed the run.</summary>
    public required IReadOnlyList<StageProfile> Stages { get; init; }

    /// <summary>
    /// Name of the stage that set the pace: of those with a thread the one that was busy longest. Where that
    /// is demux the input is the bottleneck, where it is mux the output's disk.
    /// </summary>
    public string? BoundBy { get; init; }

    /// <summary>What it took of the process.</summary>
    public ResourceUse? Resources { get; init; }

    /// <summary>What the output carries otherwise than the source, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Length of all files in bytes.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>The stages' clocks, which know more of each stage than <see cref="Stages"/> tells.</summary>
    internal IReadOnlyList<StageClock> Clocks { get; init; } = [];
}
