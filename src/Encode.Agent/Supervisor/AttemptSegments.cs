using Encode.Contracts.Jobs;
using Encode.Media.Segments;

namespace Encode.Agent.Supervisor;

/// <summary>
/// What an attempt has encoded so far, and the rule for going on from it. A cell that dies or stalls costs no attempt when something was kept:
/// another cell goes on from the last cut. Each must have come further than where it began, so that a picture that kills cells ends the attempt
/// and not the host; and not more often than <see cref="MaxResumes"/>. One that fails, without dying, before it has added to what it went on
/// from may have failed of that: then, once, what was kept is thrown away.
/// </summary>
internal sealed class AttemptSegments(SegmentFiles files) : IDisposable
{
    /// <summary>Cells that one attempt may outlive.</summary>
    internal const int MaxResumes = 5;

    private double? _began;
    private int _resumes;
    private bool _begunAnew;

    /// <summary>The files, for the cell.</summary>
    internal SegmentFiles Files => files;

    /// <summary>Where a cell would go on, in seconds from the start of the output; null for the start.</summary>
    internal double? Cut => SegmentFiles.CutOf(files.Index);

    /// <summary>A cell begins now, from where <see cref="Cut"/> is.</summary>
    internal void Begin() => _began = Cut;

    /// <summary>Whether another cell is to go on after an error, and with what. The one that failed must write no more.</summary>
    /// <param name="cause">The error.</param>
    /// <returns>What is done, as the end of a sentence; null when the attempt fails.</returns>
    internal string? GoOnAfter(AttemptException cause)
    {
        if (cause.Class is not (ErrorClass.Crash or ErrorClass.Platform) || Cut is not { } cut)
        {
            return null;
        }

        if (cut > (_began ?? 0))
        {
            return _resumes++ < MaxResumes ? FormattableString.Invariant($"another cell goes on from {cut:0.###} s") : null;
        }

        if (cause.Class == ErrorClass.Platform && !_begunAnew)
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
