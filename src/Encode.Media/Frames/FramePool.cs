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

    private readonly Lock _gate = new();
    private readonly Stack<MediaFrame> _free = new();
    private int _outstanding;
    private bool _closed;

    public int Outstanding
    {
        get
        {
            lock (_gate)
            {
                return _outstanding;
            }
        }
    }

    /// <summary>An empty shell; the caller owns it.</summary>
    public MediaFrame Rent()
    {
        lock (_gate)
        {
            if (_outstanding >= MaxOutstanding)
            {
                throw new MediaException(ErrorClass.Resource, $"rent a frame: {MaxOutstanding} are in use; this is a fault of the pipeline, report it");
            }

            if (!_free.TryPop(out MediaFrame? frame))
            {
                AVFrame* native = ffmpeg.av_frame_alloc();
                if (native is null)
                {
                    throw new MediaException(ErrorClass.Resource, "rent a frame: no memory; free some memory or lower --slots");
                }

                frame = new MediaFrame(this, native);
            }

            frame.IsRented = true;
            _outstanding++;
            NativeObjects.Opened();
            return frame;
        }
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
        lock (_gate)
        {
            _closed = true;
            while (_free.TryPop(out MediaFrame? frame))
            {
                Free(frame);
            }
        }
    }

    internal void Return(MediaFrame frame)
    {
        lock (_gate)
        {
            if (!frame.IsRented)
            {
                return;
            }

            frame.IsRented = false;
            _outstanding--;
            NativeObjects.Closed();
            ffmpeg.av_frame_unref(frame.Native);
            frame.Time = 0;
            frame.Duration = 0;
            if (_closed)
            {
                Free(frame);
            }
            else
            {
                _free.Push(frame);
            }
        }
    }

    private static void Free(MediaFrame frame)
    {
        AVFrame* native = frame.Native;
        ffmpeg.av_frame_free(&native);
    }
}
