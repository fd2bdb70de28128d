using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

// A remote input as a local file with holes:
//
//     server ──► HttpClient ──► Pipe ──► file in --work          one transfer at a time, on the filler's task
//                                          ▲    │
//                  EnsureAsync(range) ─────┘    └──► the cell reads
//
// The filler runs sequentially from where it is to the next part that is present. A range that the cell asks for and that the
// running transfer will not reach soon ends it, and the next starts there: a `moov` at the end costs one request. But a request that took
// long to be answered is worth reading on from: what it had cost is spent once more on the bytes behind the range that it was made for, up to
// a bound. So a reader that goes to and fro, between picture and sound that lie far apart, finds most of what it asks for next, and a jump
// costs at most twice what it must. When nothing is asked for, holes are filled in order, so a slow disk or a slow network never shows as long as it is faster than the encode. A cut
// transfer goes on where it stopped (If-Range, so that two versions are never mixed). A server without ranges is read from its
// start to its end; one that does not say a length is read in full before the job starts.

/// <summary>Fills a sparse file from an <see cref="IRangeSource"/> and lets readers wait for what they need.</summary>
internal sealed partial class Spool : IAsyncDisposable
{
    private readonly SafeFileHandle _file;
    private readonly IRangeSource _source;
    private readonly TransferLimits _limits;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop;
    private readonly Lock _lock = new();
    private readonly IntervalSet _present = new();
    private readonly List<(long Offset, long End, TaskCompletionSource Done)> _waiting = [];
    private CancellationTokenSource? _jump;
    private long _jumpFrom;
    private TimeSpan _latency;
    private long _answeredAt;
    private long _at;
    private bool _ranged;
    private string? _validator;
    private AttemptException? _error;
    private volatile bool _closing;
    private Task _filler = Task.CompletedTask;

    private readonly Action? _makeRoom;

    private Spool(SafeFileHandle file, IRangeSource source, TransferLimits limits, TimeProvider clock, Action? makeRoom)
    {
        _makeRoom = makeRoom;
        _file = file;
        _source = source;
        _limits = limits;
        _clock = clock;
        _stop = new CancellationTokenSource(limits.MaxFetchTime, clock);
    }

    /// <summary>Length of the whole input in bytes.</summary>
    internal long Length { get; private set; } = -1;

    /// <summary>What tells this version of the input from every later one; null where the server says nothing of that.</summary>
    internal string? Version { get; private set; }

    /// <summary>Requests made so far.</summary>
    internal int Requests { get; private set; }

    /// <summary>Asks the server and starts filling. The file stays the caller's.</summary>
    /// <param name="file">Where the input is put.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="clock">Counts them.</param>
    /// <param name="cancel">Gives the start up.</param>
    /// <param name="makeRoom">Called when the disk is full, before it is tried once more.</param>
    /// <exception cref="AttemptException">The input cannot be had.</exception>
    internal static async Task<Spool> StartAsync(SafeFileHandle file, IRangeSource source, TransferLimits limits, TimeProvider clock, CancellationToken cancel, Action? makeRoom = null)
    {
        Spool spool = new(file, source, limits, clock, makeRoom);
        try
        {
            TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
            spool._filler = Task.Run(() => spool.FillAsync(opened), CancellationToken.None);
            await opened.Task.WaitAsync(cancel).ConfigureAwait(false);
            return spool;
        }
        catch
        {
            await spool.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until a range is on disk; what lies beyond the end counts as there.</summary>
    /// <returns>Where the present part that holds the range ends.</returns>
    /// <exception cref="AttemptException">It cannot be fetched.</exception>
    internal async Task<long> EnsureAsync(long offset, long count, CancellationToken cancel)
    {
        long end = Math.Min(offset + count, Length);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (IsPresent(offset, end))
            {
                return Math.Max(end, _present.EndOfPresent(offset));
            }

            if (_error is not null)
            {
                throw new AttemptException(_error.Class, _error.Message);
            }

            _waiting.Add((offset, end, done));
            JumpIfFar(_present.EndOfPresent(offset));
        }

        await done.Task.WaitAsync(cancel).ConfigureAwait(false);
        lock (_lock)
        {
            return Math.Max(end, _present.EndOfPresent(offset));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _filler.ConfigureAwait(false);
        _stop.Dispose();
        _source.Dispose();
    }

    private bool IsPresent(long offset, long end) => offset >= end || _present.EndOfPresent(offset) >= end;

    private void JumpIfFar(long wanted)
    {
        if (!_ranged || (wanted >= _at && wanted <= _at + _limits.JumpBytes))
        {
            return;
        }

        TimeSpan left = ReadAheadLeft();
        if (left <= TimeSpan.Zero)
        {
            _jump?.Cancel();
        }
        else
        {
            _jump?.CancelAfter(left);
        }
    }

    /// <summary>How much longer the running transfer is worth its request; nothing while that is not answered, and once it has read ahead what it may.</summary>
    private TimeSpan ReadAheadLeft() => _answeredAt == 0 || _at - _jumpFrom >= _limits.ReadAheadBytes ? TimeSpan.Zero : _latency - _clock.GetElapsedTime(_answeredAt);

    /// <summary>Whether the transfer has run into a part that is there already, so that going on would fetch it twice.</summary>
    private bool ReachedPresent(long offset)
    {
        lock (_lock)
        {
            return _ranged && offset < Length && _present.EndOfPresent(offset) > offset;
        }
    }

    private void Added(long offset, int count)
    {
        lock (_lock)
        {
            _present.Add(offset, offset + count);
            _at = offset + count;
            for (int index = _waiting.Count - 1; index >= 0; index--)
            {
                (long start, long end, TaskCompletionSource done) = _waiting[index];
                if (IsPresent(start, end))
                {
                    _waiting.RemoveAt(index);
                    done.TrySetResult();
                }
            }

            if (_waiting.Count > 0 && _at - _jumpFrom >= _limits.ReadAheadBytes)
            {
                JumpIfFar(_present.EndOfPresent(_waiting[0].Offset));
            }
        }
    }
}
