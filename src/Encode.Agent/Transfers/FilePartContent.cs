using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Transfers;

/// <summary>
/// A stretch of a file as the body of a request. A pipe lies between disk and network: the next bytes are read while the last are sent, and
/// never more than the pipe holds, however slow the network is. The file stays its owner's.
/// </summary>
internal sealed class FilePartContent : HttpContent
{
    private const int ReadBytes = 128 << 10;

    private readonly SafeFileHandle _file;
    private readonly long _from;
    private readonly long _until;
    private readonly int _pipeBytes;

    /// <param name="file">Open for reading.</param>
    /// <param name="from">First byte.</param>
    /// <param name="until">The byte after the last.</param>
    /// <param name="pipeBytes">How much is read ahead.</param>
    internal FilePartContent(SafeFileHandle file, long from, long until, int pipeBytes)
    {
        (_file, _from, _until, _pipeBytes) = (file, from, until, pipeBytes);
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        Headers.ContentLength = until - from;
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: _pipeBytes, resumeWriterThreshold: _pipeBytes / 2, minimumSegmentSize: ReadBytes, useSynchronizationContext: false));
        Task reading = ReadAsync(pipe.Writer, cancellationToken);
        try
        {
            await pipe.Reader.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // A reader that is gone ends the writer at its next flush.
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _until - _from;
        return true;
    }

    // What goes wrong here reaches the reader with the end of the pipe.
    private async Task ReadAsync(PipeWriter writer, CancellationToken cancel)
    {
        Exception? fault = null;
        try
        {
            for (long at = _from; at < _until;)
            {
                Memory<byte> room = writer.GetMemory(ReadBytes);
                int read = await RandomAccess.ReadAsync(_file, room[..(int)Math.Min(room.Length, _until - at)], at, cancel).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new AttemptException(ErrorClass.Platform, $"read the output back: it ends at byte {at} of {_until}; look what else writes in its folder");
                }

                writer.Advance(read);
                at += read;
                if ((await writer.FlushAsync(cancel).ConfigureAwait(false)).IsCompleted)
                {
                    break;
                }
            }
        }
        catch (IOException cause)
        {
            // Said here: to whoever sends the request, every IOException is the network's.
            fault = DiskErrors.From(cause, "read the output back");
        }
#pragma warning disable CA1031 // Whatever it was, the reader throws it.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            fault = cause;
        }

        await writer.CompleteAsync(fault).ConfigureAwait(false);
    }
}
