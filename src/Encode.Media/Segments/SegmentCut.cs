namespace Encode.Media.Segments;

/// <summary>A place at which every rendition begins a closed GOP, with all that comes before it on the disk.</summary>
/// <param name="Number">Counts the cuts of a job from 1.</param>
/// <param name="Time">Where it lies, in nanoseconds from the start of the output.</param>
/// <param name="Fingerprint">SHA-256 of what was to be made of what, and by which libraries.</param>
/// <param name="Tracks">The renditions, in the order of the settings.</param>
internal sealed record SegmentCut(long Number, long Time, byte[] Fingerprint, IReadOnlyList<SegmentCut.Track> Tracks)
{
    /// <summary>A rendition at the cut.</summary>
    /// <param name="Bytes">Length of its file up to here.</param>
    /// <param name="Packets">Packets in it.</param>
    /// <param name="Pts">Time of the key frame that comes next, in the encoder's time base.</param>
    /// <param name="HasFields">Whether its source had fields before, so that a deinterlacer is in its filters.</param>
    internal readonly record struct Track(long Bytes, long Packets, long Pts, bool HasFields);
}
