using System.IO.Pipelines;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

// A remote input as a local file with holes:
//
//     server ──► HttpClient ──► Pipe ──► file in --work          one transfer at a time, on the filler's task
//                                          ▲    │
//                  EnsureAsync(range) ─────┘    └──► the cell reads
//
// The filler runs sequentially from where it is to the next part that is present. A range that the cell asks for and that the
// running transfer will not reach soon ends it, and the next starts there: a `moov` at the end costs one request. When nothing is
// asked for, holes are filled in order, so a slow disk or a slow network never shows as long as it is faster than the encode. A cut
// transfer goes on where it stopped (If-Range, so that two versions are never mixed). A server without ranges is read from its
// start to its end; one that does not say a length is read in full before the job starts.

/// <summary>Fills a sparse file from an <see cref="IRangeSource"/> and lets readers wait for what they need.</summary>
internal sealed class Spool : IAsyncDisposable
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
    private long _at;
    private bool _ranged;
    private string? _validator;
    private AttemptException? _error;
    private volatile bool _closing;
    private Task _filler = Task.CompletedTask;

    private Spool(SafeFileHandle file, IRangeSource source, TransferLimits limits, TimeProvider clock)
    {
        _file = file;
        _source = source;
        _limits = limits;
        _clock = clock;
        _stop = new CancellationTokenSource(limits.MaxFetchTime, clock);
    }

    /// <summary>Length of the whole input in bytes.</summary>
    internal long Length { get; private set; } = -1;

    /// <summary>Requests made so far.</summary>
    internal int Requests { get; private set; }

    /// <summary>Asks the server and starts filling. The file stays the caller's.</summary>
    /// <exception cref="AttemptException">The input cannot be had.</exception>
    internal static async Task<Spool> StartAsync(SafeFileHandle file, IRangeSource source, TransferLimits limits, TimeProvider clock, CancellationToken cancel)
    {
        Spool spool = new(file, source, limits, clock);
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
        if (_ranged && (wanted < _at || wanted > _at + _limits.JumpBytes))
        {
            _jump?.Cancel();
        }
    }

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

    private async Task TransferAsync(long offset, TaskCompletionSource opened, CancellationTokenSource jump)
    {
        Requests++;
        using CancellationTokenSource quiet = new(_limits.SilenceTimeout, _clock);
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(jump.Token, quiet.Token);
        await using RangeAnswer answer = await _source.OpenAsync(offset, offset > 0 ? _validator : null, silence.Token).ConfigureAwait(false);
        Accept(answer, offset);
        if (Length >= 0)
        {
            opened.TrySetResult();
        }

        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: _limits.PipeBytes, resumeWriterThreshold: _limits.PipeBytes / 2, useSynchronizationContext: false));
        Task<Exception?> reading = ReadBodyAsync(answer.Body, pipe.Writer, quiet, silence.Token);
        try
        {
            if (await WriteFileAsync(pipe.Reader, answer.Offset, jump).ConfigureAwait(false) is { } end)
            {
                EndOfBody(end, await reading.ConfigureAwait(false));
            }
        }
        finally
        {
            // Nobody reads what is still to come: the body must not hold this up until the server speaks again.
            await silence.CancelAsync().ConfigureAwait(false);
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private void Accept(RangeAnswer answer, long offset)
    {
        if (answer.Length > _limits.MaxInputBytes)
        {
            throw new AttemptException(ErrorClass.Input, $"fetch {_source.Name}: it has {answer.Length} bytes; at most {_limits.MaxInputBytes} are taken");
        }

        if (Length < 0)
        {
            Length = answer.Length ?? -1;
            _validator = answer.Validator;
            _ranged = answer.Ranged;
        }
        else if ((offset > 0 && !answer.Ranged) || (answer.Length is { } length && length != Length) || answer.Validator != _validator)
        {
            throw new AttemptException(ErrorClass.Network, $"fetch {_source.Name}: the file changed while it was read; try again when it is complete");
        }
    }

    /// <summary>Moves a body into the pipe. The pipe ends without its fault, since a pipe that ends with one drops what it still holds.</summary>
    /// <returns>What cut the body off; null when it came to its end.</returns>
    private async Task<Exception?> ReadBodyAsync(Stream body, PipeWriter writer, CancellationTokenSource quiet, CancellationToken silence)
    {
        Exception? cut = null;
        try
        {
            while (true)
            {
                quiet.CancelAfter(_limits.SilenceTimeout);
                int read = await body.ReadAsync(writer.GetMemory(), silence).ConfigureAwait(false);
                writer.Advance(read);
                quiet.CancelAfter(Timeout.InfiniteTimeSpan);
                if (read == 0 || (await writer.FlushAsync(silence).ConfigureAwait(false)).IsCompleted)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException cause)
        {
            cut = cause;
        }
        catch (Exception cause) when (cause is IOException or HttpRequestException)
        {
            cut = new SourceException(cause.Message, cause);
        }

        await writer.CompleteAsync().ConfigureAwait(false);
        return cut;
    }

    /// <summary>Moves what is in the pipe to the disk.</summary>
    /// <returns>Where the body ended; null when the rest of it is there already.</returns>
    private async Task<long?> WriteFileAsync(PipeReader reader, long offset, CancellationTokenSource jump)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(jump.Token).ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
            {
                if (offset + part.Length > (Length < 0 ? _limits.MaxInputBytes : Length))
                {
                    throw new AttemptException(ErrorClass.Network, $"fetch {_source.Name}: the server sent more than it announced; try again");
                }

                await RandomAccess.WriteAsync(_file, part, offset, CancellationToken.None).ConfigureAwait(false);
                Added(offset, part.Length);
                offset += part.Length;
            }

            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return offset;
            }

            if (ReachedPresent(offset))
            {
                return null;
            }
        }
    }

    private void EndOfBody(long offset, Exception? cut)
    {
        if (cut is not null)
        {
            throw cut;
        }

        if (Length < 0)
        {
            Length = offset;
        }
    }

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
        }
    }

    /// <summary>The server's side of a transfer broke, as opposed to our disk.</summary>
    private sealed class SourceException(string message, Exception cause) : Exception(message, cause);
}
