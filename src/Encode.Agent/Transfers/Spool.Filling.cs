using Encode.Agent.Output;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Transfers;

/// <content>The filler: which transfer comes next, and what becomes of one that fails.</content>
internal sealed partial class Spool
{
    private async Task FillAsync(TaskCompletionSource opened)
    {
        try
        {
            await FillAllAsync(opened).ConfigureAwait(false);
            opened.TrySetResult();
        }
        catch (OperationCanceledException)
        {
            string why = _closing ? "stopped" : $"it took longer than {_limits.MaxFetchTime.TotalHours:0.#} hours; put the file nearer";
            Fail(new AttemptException(ErrorClass.Network, $"fetch {_source.Name}: {why}"), opened);
        }
        catch (AttemptException cause)
        {
            Fail(cause, opened);
        }
        catch (IOException cause)
        {
            Fail(DiskErrors.From(cause, "write the spool in --work"), opened);
        }
#pragma warning disable CA1031 // A reader waits on this task's word; whatever ended it must reach the reader.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            Fail(new AttemptException(ErrorClass.Platform, $"fetch {_source.Name}: {cause.GetType().Name}: {cause.Message}", cause), opened);
        }
    }

    private void Fail(AttemptException error, TaskCompletionSource opened)
    {
        lock (_lock)
        {
            _error = error;
            foreach ((_, _, TaskCompletionSource done) in _waiting)
            {
                done.TrySetException(new AttemptException(error.Class, error.Message));
            }

            _waiting.Clear();
        }

        opened.TrySetException(error);
    }

    private async Task FillAllAsync(TaskCompletionSource opened)
    {
        int fruitless = 0;
        while (NextOffset() is >= 0 and var offset)
        {
            using CancellationTokenSource jump = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            Exception? cut = null;
            long before = BytesPresent();
            lock (_lock)
            {
                _jump = jump;
                _at = offset;
                _jumpFrom = offset;
                _answeredAt = 0;
            }

            try
            {
                await TransferAsync(offset, opened, jump).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
            {
                // A reader needs another part first, or the server fell silent; the bytes that came are kept either way.
            }
            catch (Exception cause) when (cause is HttpRequestException or SourceException)
            {
                cut = cause.InnerException ?? cause;
            }
            finally
            {
                lock (_lock)
                {
                    _jump = null;
                }
            }

            if (!jump.IsCancellationRequested)
            {
                fruitless = BytesPresent() > before ? 0 : fruitless + 1;
                await PauseAsync(fruitless, cut).ConfigureAwait(false);
            }
        }
    }

    private async Task PauseAsync(int fruitless, Exception? cut)
    {
        if (fruitless > _limits.MaxFruitlessTries)
        {
            string why = cut?.Message.TrimEnd('.') ?? "no byte came";
            throw new AttemptException(ErrorClass.Network, $"fetch {_source.Name}: {why}, {fruitless} times in a row; check the server and the network");
        }

        if (fruitless > 0 || cut is not null)
        {
            TimeSpan pause = _limits.FirstPause * Math.Pow(2, Math.Max(0, fruitless - 1));
            await Task.Delay(pause < _limits.MaxPause ? pause : _limits.MaxPause, _clock, _stop.Token).ConfigureAwait(false);
        }
    }

    private long BytesPresent()
    {
        lock (_lock)
        {
            return _present.Total;
        }
    }

    /// <summary>Where to fetch next: what a reader waits for, else the next hole; -1 when all is there.</summary>
    private long NextOffset()
    {
        lock (_lock)
        {
            if (Length < 0 || (!_ranged && _present.EndOfPresent(0) < Length))
            {
                return 0;
            }

            return _waiting.Count > 0 ? _present.EndOfPresent(_waiting[0].Offset) : _present.FirstMissing(_at, Length);
        }
    }
}
