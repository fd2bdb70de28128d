using Encode.Media.Frames;

namespace Encode.Media.Libav;

/// <summary>What a track is called, apart from how it is coded.</summary>
/// <param name="Id">Its number among the tracks of the job: renditions of the picture first, then sound, then subtitles.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Name">Name of its rendition.</param>
internal sealed record TrackLabel(int Id, TrackKind Kind, string Name)
{
    /// <summary>Language of the source's track, as the source spells it; null when it states none.</summary>
    public string? Language { get; init; }

    /// <summary>Title of the source's track; null when it has none.</summary>
    public string? Title { get; init; }

    /// <summary>AV_DISPOSITION flags that players act on.</summary>
    public int Disposition { get; init; }

    /// <summary>Start timecode of the picture, such as <c>10:00:00:00</c> (SMPTE ST 12-1); null when the source has none.</summary>
    public string? Timecode { get; init; }
}
