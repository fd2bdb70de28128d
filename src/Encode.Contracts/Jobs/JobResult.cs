namespace Encode.Contracts.Jobs;

/// <summary>What a successful attempt made, as measured on the output itself.</summary>
public sealed record JobResult
{
    /// <summary>The files, each under its final name.</summary>
    public required IReadOnlyList<JobFile> Files { get; init; }

    /// <summary>Video frames in the output.</summary>
    public required long Frames { get; init; }

    /// <summary>Length of the output in seconds.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>Width of the output in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the output in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Rate of the output in frames a second.</summary>
    public required Rational FrameRate { get; init; }

    /// <summary>Name of the encoder that made the picture, such as <c>libx264</c>.</summary>
    public required string Encoder { get; init; }

    /// <summary>Wall-clock seconds of the attempt, from the offer to the checked output.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>Output seconds a wall-clock second while encoding.</summary>
    public required double RealTimeFactor { get; init; }

    /// <summary>From taking the job to the return of the first <c>avcodec_send_frame</c>, in milliseconds.</summary>
    public double? FirstFrameMilliseconds { get; init; }

    /// <summary>
    /// From the submit of the job to the return of the first <c>avcodec_send_frame</c> of the attempt that made this, in milliseconds: its age when
    /// it was offered, by the master's clock, and the time from there by the agent's.
    /// </summary>
    public double? SubmitToFirstFrameMilliseconds { get; init; }

    /// <summary>How each stage went.</summary>
    public IReadOnlyList<StageProfile> Stages { get; init => field = value ?? []; } = [];

    /// <summary>
    /// The stage that set the pace: of the encode's stages the one that was busy longest. demux means the input, mux the output's disk;
    /// null where it is not known.
    /// </summary>
    public string? BoundBy { get; init; }

    /// <summary>The renditions of the picture.</summary>
    public IReadOnlyList<JobRendition> Renditions { get; init => field = value ?? []; } = [];

    /// <summary>What the encode took; null where it is not known.</summary>
    public ResourceUse? Resources { get; init; }

    /// <summary>What the output does not carry, or carries otherwise than the source, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init => field = value ?? []; } = [];
}
