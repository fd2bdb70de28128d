using Microsoft.Extensions.Logging;

namespace Encode.Agent.Cells;

/// <summary>
/// Warm cells waiting for work: one for each slot and one spare, so that a cell that died is replaced at once while the next one
/// warms behind it. Cells are used again after a clean job. One that ends, at work or while it waits, is replaced when its process
/// is gone, not when somebody next asks for it. A cell that cannot be started is tried again, ever more slowly.
/// The cell that came back last is the next to work: its memory is warm, and the spare stays small.
/// One that is worn gets a successor first and goes when that is there, so that no job waits for a change of cells.
/// </summary>
internal sealed class CellPool : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<ICell>> _start;
    private readonly ILogger _log;
    private readonly int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly Lock _lock = new();
    private readonly List<ICell> _warm = [];
    private readonly HashSet<ICell> _alive = [];
    private readonly HashSet<Task> _background = [];
    private readonly Stack<IReadOnlyList<int>> _freeShares = new();
    private readonly Dictionary<ICell, IReadOnlyList<int>> _takenShares = [];
    private int _starting;

    /// <param name="cells">Cells to keep, spare included.</param>
    /// <param name="start">Starts one.</param>
    /// <param name="log">Where failures go.</param>
    internal CellPool(int cells, Func<CancellationToken, Task<ICell>> start, ILogger log)
    {
        _target = cells;
        _start = start;
        _log = log;
    }

    /// <summary>Processors for each cell that is at work at once; see <see cref="ProcessorShares"/>. None for all of them.</summary>
    internal IReadOnlyList<IReadOnlyList<int>> Shares
    {
        init => _freeShares = new(value.Reverse());
    }

    /// <summary>Cells that are ready.</summary>
    internal int Warm
    {
        get
        {
            lock (_lock)
            {
                return _warm.Count;
            }
        }
    }

    /// <summary>Cells that are there to stay. Under the lock.</summary>
    private int Fresh => _alive.Count(cell => !cell.IsWorn);

    /// <summary>Whether there are more cells than wanted, so that a worn one may go. Under the lock.</summary>
    private bool HasSuccessor => _alive.Count > _target;

    /// <summary>Begins to start cells until there are as many as wanted. Returns at once.</summary>
    internal void Fill()
    {
        lock (_lock)
        {
            for (; Fresh + _starting < _target && !_stop.IsCancellationRequested; _starting++)
            {
                Track(Task.Run(StartOneAsync));
            }
        }
    }

    /// <summary>Takes a warm cell; waits while there is none. Give it back with <see cref="Return"/>.</summary>
    internal async Task<ICell> TakeAsync(CancellationToken cancel)
    {
        while (true)
        {
            await _arrivals.WaitAsync(cancel).ConfigureAwait(false);
            if (Next() is not { } cell)
            {
                continue;
            }

            if (cell.IsUsable)
            {
                Seat(cell);
                return cell;
            }

            Replace(cell);
        }
    }

    /// <summary>Takes a cell back; one that died is replaced, and one that is worn is given a successor. Waits for nothing: a killed process may take its time to end.</summary>
    internal void Return(ICell cell)
    {
        cell.Release();
        lock (_lock)
        {
            if (_takenShares.Remove(cell, out IReadOnlyList<int>? share))
            {
                _freeShares.Push(share);
            }

            if (cell.IsUsable && _alive.Contains(cell) && !_stop.IsCancellationRequested && !(cell.IsWorn && HasSuccessor))
            {
                Add(cell);
                Fill();
                return;
            }
        }

        Replace(cell);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(Background()).ConfigureAwait(false);
        while (Next() is { } cell)
        {
            Close(cell);
        }

        await Task.WhenAll(Background()).ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Puts a cell on processors that no other one works on.</summary>
    private void Seat(ICell cell)
    {
        IReadOnlyList<int>? share;
        lock (_lock)
        {
            if (!_freeShares.TryPop(out share))
            {
                return;
            }

            _takenShares.Add(cell, share);
        }

        cell.RunOn(share);
    }

    private Task[] Background()
    {
        lock (_lock)
        {
            return [.. _background];
        }
    }

    /// <summary>Under the lock.</summary>
    private void Add(ICell cell)
    {
        _warm.Add(cell);
        _arrivals.Release();
    }

    private ICell? Next()
    {
        lock (_lock)
        {
            ICell? cell = _warm.LastOrDefault();
            if (cell is not null)
            {
                _warm.RemoveAt(_warm.Count - 1);
            }

            return cell;
        }
    }

    /// <summary>A worn cell that waits and has a successor now; one that is at work is seen when it comes back. Under the lock.</summary>
    private ICell? TakeWorn()
    {
        ICell? worn = HasSuccessor ? _warm.Find(cell => cell.IsWorn) : null;
        if (worn is not null)
        {
            _warm.Remove(worn);
            _alive.Remove(worn);
            _ = _arrivals.Wait(0); // its own arrival, unless somebody is about to take another cell for it
        }

        return worn;
    }

    private void Replace(ICell cell)
    {
        lock (_lock)
        {
            _alive.Remove(cell);
        }

        Fill();
        Close(cell);
    }

    private void Close(ICell cell) => Track(cell.DisposeAsync().AsTask());

    /// <summary>A cell ended. One that is at work comes back by itself; one that waited is put away here.</summary>
    private void Gone(ICell cell)
    {
        bool waited;
        lock (_lock)
        {
            _alive.Remove(cell);
            waited = _warm.Remove(cell);
        }

        Fill();
        if (waited)
        {
            _ = _arrivals.Wait(0); // its own arrival, unless somebody is about to find out that it is gone
            Close(cell);
        }
    }

    private void Track(Task task)
    {
        lock (_lock)
        {
            _background.Add(task);
        }

        _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Forget(Task task)
    {
        lock (_lock)
        {
            _background.Remove(task);
        }
    }

    private async Task StartOneAsync()
    {
        ICell? cell = await TryStartAsync().ConfigureAwait(false);
        ICell? worn;
        lock (_lock)
        {
            _starting--;
            if (cell is null)
            {
                return;
            }

            _alive.Add(cell);
            Add(cell);
            worn = TakeWorn();
        }

        if (worn is not null)
        {
            Close(worn);
        }

        _ = cell.Exited.ContinueWith(_ => Gone(cell), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Starts a cell; null when the pool closes first.</summary>
    private async Task<ICell?> TryStartAsync()
    {
        for (TimeSpan pause = CellLimits.FirstRestartPause; !_stop.IsCancellationRequested; pause = Longer(pause))
        {
            try
            {
                return await _start(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (Exception cause) when (cause is AttemptException or Messaging.MessagingException or IOException)
            {
                _log.CellNotStarted(cause.Message, pause.TotalSeconds);
            }

            await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < CellLimits.MaxRestartPause ? pause * 2 : CellLimits.MaxRestartPause;
}
