using FFmpeg.AutoGen;

namespace Encode.Media.Frames;

/// <summary>
/// A rented AVFrame shell: a reference to a picture or a run of samples. Whoever holds it disposes it; <c>Send</c> on a queue moves it.
/// The buffers belong to libav and are shared by reference; the shell goes back to its pool.
/// </summary>
internal sealed unsafe class MediaFrame : IDisposable
{
    private readonly FramePool _pool;

    internal MediaFrame(FramePool pool, AVFrame* native)
    {
        _pool = pool;
        Native = native;
    }

    /// <summary>The shell; never null while this is rented.</summary>
    public AVFrame* Native { get; }

    /// <summary>When the content is shown, in nanoseconds from the start of the output.</summary>
    public long Time { get; set; }

    /// <summary>How long it is shown, in nanoseconds; 0 when unknown.</summary>
    public long Duration { get; set; }

    internal bool IsRented { get; set; }

    /// <summary>Drops the reference and returns the shell.</summary>
    public void Dispose() => _pool.Return(this);
}
