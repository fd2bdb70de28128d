using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Cells;

/// <summary>
/// Warm cells waiting for work: one for each slot and one spare, so that a cell that died is replaced at once while the next one
/// warms behind it. Cells are used again after a clean job. A cell that cannot be started is tried again, ever more slowly.
/// </summary>
internal sealed class CellPool : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<ICell>> _start;
    private readonly ILogger _log;
    private readonly int _target;
    private readonly Channel<ICell> _warm = Channel.CreateUnbounded<ICell>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _starting = [];
    private int _alive;

    /// <param name="cells">Cells to keep, spare included.</param>
    /// <param name="start">Starts one.</param>
    /// <param name="log">Where failures go.</param>
    internal CellPool(int cells, Func<CancellationToken, Task<ICell>> start, ILogger log)
    {
        _target = cells;
        _start = start;
        _log = log;
    }

    /// <summary>Cells that are ready.</summary>
    internal int Warm => _warm.Reader.Count;

    /// <summary>Begins to start cells until there are as many as wanted. Returns at once.</summary>
    internal void Fill()
    {
        lock (_lock)
        {
            for (; _alive < _target && !_stop.IsCancellationRequested; _alive++)
            {
                Task starting = Task.Run(StartOneAsync);
                _starting.Add(starting);
                _ = starting.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Takes a warm cell; waits while there is none. Give it back with <see cref="ReturnAsync"/>.</summary>
    internal async Task<ICell> TakeAsync(CancellationToken cancel)
    {
        while (true)
        {
            ICell cell = await _warm.Reader.ReadAsync(cancel).ConfigureAwait(false);
            if (cell.IsUsable)
            {
                return cell;
            }

            await ReplaceAsync(cell).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a cell back; one that died is replaced.</summary>
    internal async Task ReturnAsync(ICell cell)
    {
        if (cell.IsUsable && !_stop.IsCancellationRequested)
        {
            _warm.Writer.TryWrite(cell);
            return;
        }

        await ReplaceAsync(cell).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task[] starting;
        lock (_lock)
        {
            starting = [.. _starting];
        }

        await Task.WhenAll(starting).ConfigureAwait(false);
        while (_warm.Reader.TryRead(out ICell? cell))
        {
            await cell.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private async Task ReplaceAsync(ICell cell)
    {
        lock (_lock)
        {
            _alive--;
        }

        Fill();
        await cell.DisposeAsync().ConfigureAwait(false);
    }

    private void Forget(Task starting)
    {
        lock (_lock)
        {
            _starting.Remove(starting);
        }
    }

    private async Task StartOneAsync()
    {
        for (TimeSpan pause = CellLimits.FirstRestartPause; !_stop.IsCancellationRequested; pause = Longer(pause))
        {
            try
            {
                _warm.Writer.TryWrite(await _start(_stop.Token).ConfigureAwait(false));
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception cause) when (cause is AttemptException or Messaging.MessagingException or IOException)
            {
                _log.CellNotStarted(cause.Message, pause.TotalSeconds);
            }

            await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < CellLimits.MaxRestartPause ? pause * 2 : CellLimits.MaxRestartPause;
}
