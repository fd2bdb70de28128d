using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;
using Encode.Media.IO;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// libav's way into a <see cref="MediaInput"/>: an AVIOContext whose callbacks read at a position that we keep. An exception never crosses
/// C: it is parked here, libav gets an error code, and whoever called libav rethrows what was parked once the call is back.
/// </summary>
internal sealed unsafe class InputIo : NativeContext
{
    /// <summary>Bytes libav reads at once: large enough to make calls rare at 4K bitrates, small enough for a first frame at once.</summary>
    private const int BufferBytes = 128 * 1024;

    private const int SeekSize = 0x10000;
    private const int SeekForce = 0x20000;

    private readonly MediaInput _input;
    private readonly CancellationToken _stop;
    private readonly long _length;
    private GCHandle _self;
    private long _position;
    private Exception? _parked;

    public InputIo(MediaInput input, CancellationToken stop)
    {
        _input = input;
        _stop = stop;
        _length = input.Length;
        _self = GCHandle.Alloc(this);
        var buffer = (byte*)ffmpeg.av_malloc(BufferBytes);
        AVIOContext* context = ffmpeg.avio_alloc_context(
            buffer,
            BufferBytes,
            0,
            (void*)GCHandle.ToIntPtr(_self),
            new avio_alloc_context_read_packet_func { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, byte*, int, int>)&OnRead },
            default,
            new avio_alloc_context_seek_func { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, long, int, long>)&OnSeek });
        if (context is null)
        {
            ffmpeg.av_free(buffer);
            _self.Free();
            throw new MediaException(ErrorClass.Resource, "open the input: no memory for its buffer; free some memory or lower --slots");
        }

        Adopt((nint)context);
    }

    /// <summary>The AVIOContext; valid until this is disposed.</summary>
    public AVIOContext* Context => (AVIOContext*)handle;

    /// <summary>Rethrows what a callback parked; does nothing when all went well.</summary>
    public void ThrowIfParked()
    {
        if (_parked is { } parked)
        {
            ExceptionDispatchInfo.Throw(parked);
        }
    }

    protected override void Free()
    {
        AVIOContext* context = Context;
        ffmpeg.av_freep(&context->buffer);
        ffmpeg.avio_context_free(&context);
        _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnRead(void* opaque, byte* buffer, int size)
    {
        var io = (InputIo)GCHandle.FromIntPtr((nint)opaque).Target!;
        return io.Read(buffer, size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnSeek(void* opaque, long offset, int whence)
    {
        var io = (InputIo)GCHandle.FromIntPtr((nint)opaque).Target!;
        long target = (whence & ~SeekForce) switch
        {
            SeekSize => io._length,
            0 => io._position = offset,
            1 => io._position += offset,
            2 => io._position = io._length + offset,
            _ => -1,
        };
        return target < 0 ? ffmpeg.AVERROR(ffmpeg.EINVAL) : target;
    }

    private int Read(byte* buffer, int size)
    {
        if (_parked is not null)
        {
            return LibavError.Parked;
        }

        try
        {
            _stop.ThrowIfCancellationRequested();
            int count = _position >= _length || _position < 0 ? 0 : _input.ReadAt(_position, new Span<byte>(buffer, size), _stop);
            _position += count;
            return count == 0 ? ffmpeg.AVERROR_EOF : count;
        }
#pragma warning disable CA1031 // Nothing may cross C; the exception is rethrown by ThrowIfParked.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _parked = error;
            return LibavError.Parked;
        }
    }
}
