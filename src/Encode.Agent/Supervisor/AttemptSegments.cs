using Encode.Contracts.Jobs;
using Encode.Media.Segments;

namespace Encode.Agent.Supervisor;

/// <summary>
/// What an attempt has encoded so far, and the rule for going on from it. A cell that dies costs no attempt when something was kept: another cell
/// goes on from the last cut. Each time it must have come further than the time before, so that a picture that kills cells ends the attempt
/// and not the host; and not more often than <see cref="MaxResumes"/>.
/// </summary>
internal sealed class AttemptSegments(SegmentFiles files) : IDisposable
{
    /// <summary>Cells that one attempt may outlive.</summary>
    internal const int MaxResumes = 5;

    private double _lastCut;
    private int _resumes;
    private bool _begunAnew;

    /// <summary>The files, for the cell.</summary>
    internal SegmentFiles Files => files;

    /// <summary>Where a cell would go on, in seconds from the start of the output; null for the start.</summary>
    internal double? Cut => SegmentFiles.CutOf(files.Index);

    /// <summary>Whether another cell is to go on after an error, and with what.</summary>
    /// <param name="cause">The error.</param>
    /// <returns>What is done, as the end of a sentence; null when the attempt fails.</returns>
    internal string? GoOnAfter(AttemptException cause)
    {
        double? cut = Cut;
        if (cause.Class == ErrorClass.Crash && cut > _lastCut && _resumes < MaxResumes)
        {
            _lastCut = cut.Value;
            _resumes++;
            return FormattableString.Invariant($"another cell goes on from {cut:0.###} s");
        }

        if (cause.Class == ErrorClass.Platform && cut is not null && !_begunAnew)
        {
            // What was kept may be the cause: a disk that lost some of it, an encoder that makes other headers.
            _begunAnew = true;
            RandomAccess.SetLength(files.Index, 0);
            return "it begins anew, without what was kept";
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        files.Index.Dispose();
        foreach (Microsoft.Win32.SafeHandles.SafeFileHandle track in files.Tracks)
        {
            track.Dispose();
        }
    }
}
