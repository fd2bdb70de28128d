using FFmpeg.AutoGen;

namespace Encode.Media.Frames;

/// <summary>A rented AVPacket shell. Whoever holds it disposes it; <c>Send</c> on a queue moves it.</summary>
internal sealed unsafe class MediaPacket : IDisposable
{
    private readonly PacketPool _pool;

    internal MediaPacket(PacketPool pool, AVPacket* native)
    {
        _pool = pool;
        Native = native;
    }

    /// <summary>The shell; never null while this is rented.</summary>
    public AVPacket* Native { get; }

    /// <summary>Number of the job's track that it belongs to, once it is encoded.</summary>
    public int Track { get; set; }

    /// <summary>
    /// Whether it holds nothing and only tells that no packet of its track, or of its stream, lies before its time: <c>pts</c>, in nanoseconds from
    /// the start of the output.
    /// </summary>
    public bool IsMark { get; set; }

    internal bool IsRented { get; set; }

    /// <summary>Drops the reference and returns the shell.</summary>
    public void Dispose() => _pool.Return(this);
}
