using Encode.Contracts.Jobs;

namespace Encode.Media.Pipeline;

/// <summary>What was made of one rendition of the picture: what the job's result tells of it, and what an output is checked against besides.</summary>
public sealed record RenditionResult : JobRendition
{
    /// <summary>How long the last picture is shown, in seconds; a frame's length at a constant rate.</summary>
    public double LastPictureSeconds { get; init; }

    /// <summary>End of its last picture in seconds from the start of the output.</summary>
    public double DurationSeconds { get; init; }
}
