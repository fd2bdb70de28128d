using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Frames;

/// <summary>
/// Frame shells of one run. Renting never blocks, because a stage that waits for a shell while it holds a picture can stop the whole
/// pipeline; the queues bound how many are out, and past a hard cap renting fails with class resource.
/// </summary>
internal sealed unsafe class FramePool : IDisposable
{
    /// <summary>Shells out at once: far above what all queues and reorder buffers together can hold.</summary>
    private const int MaxOutstanding = 2048;

    /// <summary>Shells made at the start, so that a stage that falls behind late in a run allocates nothing: what the queues of a ladder hold.</summary>
    private const int MadeAtStart = 64;

    private readonly ShellStack<MediaFrame> _free = new(MaxOutstanding);
    private int _outstanding;
    private bool _closed;

    public FramePool()
    {
        for (int i = 0; i < MadeAtStart; i++)
        {
            _free.Push(NewFrame());
        }
    }

    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>An empty shell; the caller owns it.</summary>
    public MediaFrame Rent()
    {
        if (Interlocked.Increment(ref _outstanding) > MaxOutstanding)
        {
            Interlocked.Decrement(ref _outstanding);
            throw new MediaException(ErrorClass.Resource, $"rent a frame: {MaxOutstanding} are in use; this is a fault of the pipeline, report it");
        }

        MediaFrame frame;
        try
        {
            frame = _free.Pop() ?? NewFrame();
        }
        catch
        {
            Interlocked.Decrement(ref _outstanding);
            throw;
        }

        frame.IsRented = true;
        NativeObjects.Opened();
        return frame;
    }

    /// <summary>A second reference to the same buffers; the caller owns it.</summary>
    public MediaFrame RentReferenceTo(MediaFrame source)
    {
        MediaFrame frame = Rent();
        int code = ffmpeg.av_frame_ref(frame.Native, source.Native);
        if (code < 0)
        {
            frame.Dispose();
            code.ThrowIfError("reference a frame");
        }

        frame.Time = source.Time;
        frame.Duration = source.Duration;
        return frame;
    }

    /// <summary>Frees the shells that are in; those still out are freed when they come back.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        FreeAll();
    }

    internal void Return(MediaFrame frame)
    {
        if (!frame.IsRented)
        {
            return;
        }

        frame.IsRented = false;
        ffmpeg.av_frame_unref(frame.Native);
        frame.Time = 0;
        frame.Duration = 0;
        _free.Push(frame);
        if (Volatile.Read(ref _closed))
        {
            FreeAll();
        }

        Interlocked.Decrement(ref _outstanding);
        NativeObjects.Closed();
    }

    private void FreeAll()
    {
        while (_free.Pop() is { } frame)
        {
            AVFrame* native = frame.Native;
            ffmpeg.av_frame_free(&native);
        }
    }

    private MediaFrame NewFrame()
    {
        AVFrame* native = ffmpeg.av_frame_alloc();
        return native is null
            ? throw new MediaException(ErrorClass.Resource, "rent a frame: no memory; free some memory or lower --slots")
            : new MediaFrame(this, native);
    }
}
