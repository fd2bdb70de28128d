using Encode.Media.IO;

namespace Encode.Agent.Transfers;

/// <summary>
/// How far the files of an attempt are final while they are made, and how far they have been taken. Stands on both sides of a cell's socket:
/// in the cell it holds back the muxer, which hears of what was taken by message; in the supervisor it tells the upload what there is to
/// take. The writer may be so many bytes ahead and then waits, so that a slow master neither fills a disk nor ends a job. Thread-safe.
/// </summary>
/// <param name="files">How many files there are.</param>
/// <param name="followed">Which of them are taken while they grow; what becomes of the others is not asked for.</param>
/// <param name="aheadBytes">How far a file may be ahead of what was taken of it, in bytes.</param>
internal sealed class OutputGrowth(int files, IReadOnlyList<int> followed, long aheadBytes) : IOutputGate
{
    private readonly object _lock = new(); // an object, not a Lock: writers wait on it
    private readonly long[] _final = new long[files];
    private readonly long[] _taken = new long[files];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Hears of a file's growth, outside of the lock.</summary>
    internal Action<int, long>? Grown { get; init; }

    /// <summary>Hears of what was taken of a file, outside of the lock; null while nobody has to know.</summary>
    internal Action<int, long>? Taken { get; set; }

    /// <summary>Which files are taken while they grow.</summary>
    internal IReadOnlyList<int> Followed => followed;

    /// <summary>How far a file may be ahead, in bytes.</summary>
    internal long AheadBytes => aheadBytes;

    /// <summary>Whether a writer waits for what is to be taken, so that it is no wonder when nothing moves.</summary>
    internal bool HoldsBack
    {
        get
        {
            lock (_lock)
            {
                return followed.Any(IsFarAhead);
            }
        }
    }

    /// <inheritdoc/>
    public void Grew(int file, long bytes, CancellationToken stop)
    {
        if (!followed.Contains(file))
        {
            return;
        }

        Note(file, bytes);
        lock (_lock)
        {
            if (!IsFarAhead(file))
            {
                return;
            }
        }

        using CancellationTokenRegistration waking = stop.Register(Wake);
        lock (_lock)
        {
            while (IsFarAhead(file))
            {
                stop.ThrowIfCancellationRequested();
                Monitor.Wait(_lock);
            }
        }
    }

    /// <summary>Notes that a file has grown, without waiting.</summary>
    internal void Note(int file, long bytes)
    {
        lock (_lock)
        {
            _final[file] = Math.Max(_final[file], bytes);
            Changed();
        }

        Grown?.Invoke(file, bytes);
    }

    /// <summary>Notes how much of a file has been taken. It may be less than before, where the taker lost some.</summary>
    internal void Take(int file, long bytes)
    {
        lock (_lock)
        {
            _taken[file] = bytes;
            Changed();
        }

        Taken?.Invoke(file, bytes);
    }

    /// <summary>How many bytes of a file are final.</summary>
    internal long FinalOf(int file)
    {
        lock (_lock)
        {
            return _final[file];
        }
    }

    /// <summary>How many bytes of a file were taken.</summary>
    internal long TakenOf(int file)
    {
        lock (_lock)
        {
            return _taken[file];
        }
    }

    /// <summary>Waits until a file has so many bytes more than were taken of it.</summary>
    /// <returns>The file that has the most.</returns>
    internal async Task<int> UntilHasAsync(long bytes, CancellationToken cancel)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                int most = followed.MaxBy(file => _final[file] - _taken[file]);
                if (_final[most] - _taken[most] >= bytes)
                {
                    return most;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    private bool IsFarAhead(int file) => _final[file] - _taken[file] > aheadBytes;

    private void Changed()
    {
        Monitor.PulseAll(_lock);
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void Wake()
    {
        lock (_lock)
        {
            Monitor.PulseAll(_lock);
        }
    }
}
