namespace Encode.Media.IO;

/// <summary>
/// Bytes to be decoded: a length and reads at any offset. Demuxers seek, so every input can. Owned by the caller of
/// <see cref="Pipeline.Transcoder.Run"/>, used by one thread at a time.
/// </summary>
public abstract class MediaInput : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Reads up to the buffer's length from an offset; fewer bytes are no sign of the end.</summary>
    /// <param name="offset">First byte to read.</param>
    /// <param name="buffer">Takes the bytes.</param>
    /// <param name="stop">Ends a wait for bytes that are not there yet.</param>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="MediaException">The bytes cannot be had; its class tells why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled while it waited.</exception>
    public abstract int ReadAt(long offset, Span<byte> buffer, CancellationToken stop);

    /// <summary>The first bytes: as many as asked for, or fewer where there are not so many.</summary>
    internal byte[] ReadHead(int most, CancellationToken stop)
    {
        byte[] head = new byte[Math.Min(most, Length)];
        int filled = 0;
        while (filled < head.Length && ReadAt(filled, head.AsSpan(filled), stop) is > 0 and int count)
        {
            filled += count;
        }

        return head[..filled];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the input holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
