using Encode.Media.Frames;

namespace Encode.Media.Libav;

/// <summary>Writes one output from the packets of its tracks. Owned by one thread; only the counts of bytes are read by another.</summary>
internal abstract class OutputMuxer : IDisposable
{
    /// <summary>Bytes written so far; rises too while a finished file is put in order, which <see cref="BytesWritten"/> does not.</summary>
    public abstract long BytesMoved { get; }

    /// <summary>Length of the output so far, in bytes.</summary>
    public abstract long BytesWritten { get; }

    /// <summary>Length of each of the output's files, once it is finished.</summary>
    public abstract IReadOnlyList<long> FileBytes { get; }

    /// <summary>How many bytes from the start of one of its files will not change any more, whatever comes; 0 where the start is rewritten at the end.</summary>
    public virtual long FinalBytes(int file) => 0;

    /// <summary>Takes what belongs to the output as a whole; before <see cref="Open"/>.</summary>
    public abstract void Describe(FileLabel label);

    /// <summary>Takes all tracks and writes what comes before the media data.</summary>
    /// <param name="tracks">In the order in which the output has them; they stay the caller's.</param>
    public abstract void Open(IReadOnlyList<EncodedTrack> tracks);

    /// <summary>Moves a packet into the output; it must be of one of the tracks and is consumed, but its shell stays the caller's.</summary>
    public abstract void Write(MediaPacket packet);

    /// <summary>No packet of a track lies before a time: others need not wait for one.</summary>
    /// <param name="track">Its number in the job.</param>
    /// <param name="time">In nanoseconds from the start of the output; <see cref="long.MaxValue"/> when it has ended.</param>
    public virtual void Advance(int track, long time)
    {
    }

    /// <summary>Writes what comes after the media data. Nothing may follow.</summary>
    public abstract void Finish();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the native objects.</summary>
    protected abstract void Dispose(bool disposing);
}
