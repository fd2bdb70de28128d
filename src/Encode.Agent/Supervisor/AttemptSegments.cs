using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.Media.Segments;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <summary>
/// What an attempt has encoded so far, and the rule for going on from it. A cell that dies or stalls costs no attempt when something was kept:
/// another cell goes on from the last cut. Each must have come further than where it began, so that a picture that kills cells ends the attempt
/// and not the host; and not more often than <see cref="MaxResumes"/>. One that fails, without dying, before it has added to what it went on
/// from may have failed of that: then, once, what was kept is thrown away. One that found the disk full is followed, once, where room can be made.
/// </summary>
/// <param name="files">What is encoded.</param>
/// <param name="origin">Says of which input it is. What is kept of one that looks otherwise now must not be joined with it.</param>
internal sealed class AttemptSegments(SegmentFiles files, SafeFileHandle origin) : IDisposable
{
    /// <summary>Cells that one attempt may outlive.</summary>
    internal const int MaxResumes = 5;

    private SegmentFiles _files = files;
    private SafeFileHandle _origin = origin;
    private double? _began;
    private double _found = CutOf(files) ?? 0;
    private bool _isGivenUp;
    private int _resumes;
    private bool _begunAnew;
    private bool _hasHadRoom;

    /// <summary>The files, for the cell.</summary>
    internal SegmentFiles Files => _files;

    /// <summary>Where a cell would go on, in seconds from the start of the output; null for the start, and where that cannot be read.</summary>
    internal double? Cut => CutOf(_files);

    /// <summary>
    /// Whether the job's next attempt may go on from it. Not when there will be none, nor when a cell of this one has died without coming further than
    /// where it took up: what was kept may be what kills it.
    /// </summary>
    /// <param name="cause">What ended this one.</param>
    internal bool IsOfUseAfter(Exception cause) => !_isGivenUp && cause switch
    {
        OperationCanceledException => true,
        AttemptException failed when !ErrorPolicy.MayPass(failed.Class) => false,
        AttemptException { Class: not (ErrorClass.Crash or ErrorClass.Platform) } => true,
        _ => _began is null || Cut > _found,
    };

    /// <summary>Whether no other cell may have the files.</summary>
    internal bool IsGivenUp => _isGivenUp;

    /// <summary>A cell that was to end may still write in the files, or nothing has room for them: then they are no good to anybody else.</summary>
    internal void GiveUp() => _isGivenUp = true;

    /// <summary>Goes over to other files, which are new. A cell that still writes in those of before does it where nobody looks.</summary>
    internal void BeginIn(SegmentFiles others, SafeFileHandle itsOrigin)
    {
        Dispose();
        (_files, _origin) = (others, itsOrigin);
        (_began, _found, _isGivenUp) = (null, 0, false);
    }

    /// <summary>Says of which input what is kept has to be; what is of another one is thrown away.</summary>
    /// <param name="input">The identity of the input as it is now (<see cref="InputIdentity.Of"/>).</param>
    /// <returns>Why something was thrown away, as the beginning of a sentence; null when nothing was.</returns>
    /// <exception cref="AttemptException">The disk refuses.</exception>
    internal string? ThrowAwayUnlessOf(byte[]? input)
    {
        byte[] known = new byte[InputIdentity.Bytes + 1];
        try
        {
            if (InputIdentity.WhyNot(input, known.AsSpan(0, RandomAccess.Read(_origin, known, 0))) is not { } why)
            {
                return null;
            }

            // In this order: whenever it is interrupted, what is kept is of the input that is noted.
            bool had = Cut is not null;
            RandomAccess.SetLength(_files.Index, 0);
            RandomAccess.SetLength(_origin, 0);
            RandomAccess.Write(_origin, input, 0);
            SyncOrigin();
            _found = 0;
            return had ? why : null;
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, "keep what is encoded in --work");
        }
    }

    /// <summary>
    /// Brings onto the disk what the cuts do not, so that what is kept outlives the host too. Beside the encode, whose start it must not delay; where the
    /// disk refuses, the encode begins anew after that.
    /// </summary>
    private void SyncOrigin()
    {
        SafeFileHandle origin = _origin;
        _ = Task.Run(() => Sync(origin));
    }

    private static void Sync(SafeFileHandle origin)
    {
        try
        {
            RandomAccess.FlushToDisk(origin);
        }
        catch (Exception cause) when (cause is IOException or ObjectDisposedException)
        {
            // The next one to read it sees another input; or the attempt has ended already.
        }
    }

    /// <summary>A cell begins now, from where <see cref="Cut"/> is.</summary>
    internal void Begin() => _began = Cut;

    /// <summary>Whether another cell is to go on after an error, and with what. The one that failed must write no more.</summary>
    /// <param name="cause">The error.</param>
    /// <param name="makeRoom">Makes room on the disk, should that be what was lacking; whether it could.</param>
    /// <returns>What is done, as the end of a sentence; null when the attempt fails.</returns>
    internal string? GoOnAfter(AttemptException cause, Func<bool> makeRoom)
    {
        if (cause.Class == ErrorClass.Resource)
        {
            if (_hasHadRoom || !makeRoom())
            {
                return null;
            }

            _hasHadRoom = true;
            return FormattableString.Invariant($"there is room again, and another cell goes on from {Cut ?? 0:0.###} s");
        }

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
            return HasThrownAway() ? "it begins anew, without what was kept" : null;
        }

        return null;
    }

    private bool HasThrownAway()
    {
        try
        {
            RandomAccess.SetLength(_files.Index, 0);
            _found = 0;
            return true;
        }
        catch (IOException)
        {
            // The cell's own error says more.
            return false;
        }
    }

    private static double? CutOf(SegmentFiles files)
    {
        try
        {
            return SegmentFiles.CutOf(files.Index);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _origin.Dispose();
        _files.Index.Dispose();
        foreach (SafeFileHandle track in _files.Tracks)
        {
            track.Dispose();
        }
    }
}
