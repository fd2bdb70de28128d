using System.IO.Pipelines;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Transfers;

/// <content>One transfer: from the network through a pipe to the disk.</content>
internal sealed partial class Spool
{
    private async Task TransferAsync(long offset, TaskCompletionSource opened, CancellationTokenSource jump)
    {
        Requests++;
        using CancellationTokenSource quiet = new(_limits.SilenceTimeout, _clock);
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(jump.Token, quiet.Token);
        long asked = _clock.GetTimestamp();
        await using RangeAnswer answer = await _source.OpenAsync(offset, offset > 0 ? _validator : null, silence.Token).ConfigureAwait(false);
        lock (_lock)
        {
            _latency = _clock.GetElapsedTime(asked);
            _answeredAt = _clock.GetTimestamp();
        }

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
            Version = answer.Version;
            _ranged = answer.Ranged;
        }
        else if ((offset > 0 && !answer.Ranged) || (answer.Length is { } length && length != Length) || answer.Validator != _validator)
        {
            throw new AttemptException(ErrorClass.Input, $"fetch {_source.Name}: the file changed while it was read; submit the job again when it is complete");
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

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> part, long offset)
    {
        try
        {
            await RandomAccess.WriteAsync(_file, part, offset, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException cause) when (DiskErrors.IsFull(cause) && _makeRoom is not null)
        {
            _makeRoom();
            await RandomAccess.WriteAsync(_file, part, offset, CancellationToken.None).ConfigureAwait(false);
        }
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

                await WriteAsync(part, offset).ConfigureAwait(false);
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

    /// <summary>The server's side of a transfer broke, as opposed to our disk.</summary>
    private sealed class SourceException(string message, Exception cause) : Exception(message, cause);
}
