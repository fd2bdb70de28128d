namespace Encode.Media.Frames;

/// <summary>The tracks of an output.</summary>
internal enum Track
{
    /// <summary>The picture.</summary>
    Video,

    /// <summary>The sound.</summary>
    Audio,
}
