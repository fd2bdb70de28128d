namespace Encode.Media.Frames;

/// <summary>What a track of an output holds.</summary>
internal enum TrackKind
{
    /// <summary>A picture.</summary>
    Video,

    /// <summary>Sound.</summary>
    Audio,

    /// <summary>Timed text.</summary>
    Subtitle,
}
