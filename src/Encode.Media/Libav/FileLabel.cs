namespace Encode.Media.Libav;

/// <summary>A stretch of a film that has a name.</summary>
/// <param name="Start">Where it begins, in nanoseconds from the start of the output.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Title">Its name; null when it has none.</param>
internal sealed record Chapter(long Start, long End, string? Title);

/// <summary>What the source says about itself as a whole and an output repeats.</summary>
internal sealed record FileLabel
{
    /// <summary>Tags that every container here can hold: title, artist, comment and the like, under libavformat's names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Chapters in order.</summary>
    public IReadOnlyList<Chapter> Chapters { get; init; } = [];
}
