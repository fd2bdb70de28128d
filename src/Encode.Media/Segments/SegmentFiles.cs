using Encode.Contracts.Scenarios;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Segments;

/// <summary>
/// The files that an encode is kept in while it is made, so that another run of the same request goes on from the last cut instead of from the
/// start. The picture of how they are used stands at the head of <see cref="SegmentLog"/>. The caller keeps owning them; a run that finds
/// a cut in them resumes from it, one that finds none begins anew in them.
/// </summary>
public sealed record SegmentFiles
{
    /// <summary>
    /// Wall-clock time between two cuts: what a lost process costs at most, beside the rest of a GOP. Shorter encodes never make one, so they pay
    /// no wait for the disk.
    /// </summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(10);

    /// <summary>Says where the last cut is. Open for reading and writing.</summary>
    public required SafeFileHandle Index { get; init; }

    /// <summary>Packets of each rendition of the picture, in the order of the settings. Open for reading and writing.</summary>
    public required IReadOnlyList<SafeFileHandle> Tracks { get; init; }

    /// <summary>Wall-clock time between two cuts.</summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>
    /// Whether a job can be cut and joined. Figures over all pictures (two passes, quality) need every picture in one run; a rendition more than an
    /// index has room for does not occur.
    /// </summary>
    public static bool CanCut(EncodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return !settings.Quality && settings.Video.All(video => video.Passes <= 1) && settings.Video.Count <= SegmentIndex.MaxTracks;
    }

    /// <summary>Reads where the last cut is.</summary>
    /// <param name="index">A file that a run used as <see cref="Index"/>.</param>
    /// <returns>Seconds from the start of the output; null when there is none.</returns>
    public static double? CutOf(SafeFileHandle index) => SegmentIndex.Read(index) is { } cut ? (double)cut.Time / Libav.TimeBases.Second : null;
}
