using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Libav;

/// <summary>
/// libav's way into an output file: positioned writes and reads on a descriptor that someone else owns, so that a second context on the
/// same file (faststart re-reads what it wrote) does not move the first. Exceptions are parked as in <see cref="InputIo"/>.
/// </summary>
internal sealed unsafe class OutputIo : NativeContext
{
    /// <summary>Bytes that are gathered before a write: one write a few frames at 4K bitrates.</summary>
    private const int BufferBytes = 256 * 1024;

    private const int SeekSize = 0x10000;
    private const int SeekForce = 0x20000;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    private readonly SafeFileHandle _file;
    private readonly CancellationToken _stop;
    private GCHandle _self;
    private long _position;
    private long _written;
    private long _moved;
    private Exception? _parked;

    /// <summary>libav's way into a file that stays its owner's.</summary>
    /// <param name="file">Open for reading and writing.</param>
    /// <param name="forWriting">Whether libav writes through this.</param>
    /// <param name="stop">Ends long work between two reads or writes, such as moving a whole file.</param>
    public OutputIo(SafeFileHandle file, bool forWriting, CancellationToken stop)
    {
        _stop = stop;
        _file = file;
        _self = GCHandle.Alloc(this);
        var buffer = (byte*)ffmpeg.av_malloc(BufferBytes);
        AVIOContext* context = ffmpeg.avio_alloc_context(
            buffer,
            BufferBytes,
            forWriting ? 1 : 0,
            (void*)GCHandle.ToIntPtr(_self),
            new avio_alloc_context_read_packet_func { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, byte*, int, int>)&OnRead },
            new avio_alloc_context_write_packet_func { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, byte*, int, int>)&OnWrite },
            new avio_alloc_context_seek_func { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, long, int, long>)&OnSeek });
        if (context is null)
        {
            ffmpeg.av_free(buffer);
            _self.Free();
            throw new MediaException(ErrorClass.Resource, "open the output: no memory for its buffer; free some memory or lower --slots");
        }

        Adopt((nint)context);
    }

    /// <summary>The AVIOContext; valid until this is disposed.</summary>
    public AVIOContext* Context => (AVIOContext*)handle;

    /// <summary>Bytes written so far, counting rewritten ones once.</summary>
    public long BytesWritten => Volatile.Read(ref _written);

    /// <summary>Bytes written so far, counting rewritten ones each time.</summary>
    public long BytesMoved => Volatile.Read(ref _moved);

    /// <summary>Writes a whole small file.</summary>
    /// <exception cref="MediaException">The disk refuses it.</exception>
    public static void WriteWhole(SafeFileHandle file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file, bytes, 0);
        }
        catch (IOException error)
        {
            throw Explain(error);
        }
    }

    /// <summary>Puts bytes at the file's start through libav's buffer and the callbacks, as a muxer that seeks back and writes does; this is how a benchmark reaches those.</summary>
    public void WriteAtStart(ReadOnlySpan<byte> bytes)
    {
        ffmpeg.avio_seek(Context, 0, 0);
        fixed (byte* first = bytes)
        {
            ffmpeg.avio_write(Context, first, bytes.Length);
        }

        ffmpeg.avio_flush(Context);
        ThrowIfParked();
    }

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
    private static int OnRead(void* opaque, byte* buffer, int size) => Of(opaque).Read(buffer, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnWrite(void* opaque, byte* buffer, int size) => Of(opaque).Write(buffer, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnSeek(void* opaque, long offset, int whence) => Of(opaque).Seek(offset, whence & ~SeekForce);

    private static OutputIo Of(void* opaque) => (OutputIo)GCHandle.FromIntPtr((nint)opaque).Target!;

    private static MediaException Explain(IOException error) => (error.HResult & 0xFFFF) switch
    {
        NoSpace or QuotaExceeded => new MediaException(ErrorClass.Resource, "write the output: the disk is full; free some space where the output goes", error),
        _ => new MediaException(ErrorClass.Platform, $"write the output: {error.Message}; check the disk or mount where the output goes", error),
    };

    private int Read(byte* buffer, int size)
    {
        try
        {
            _stop.ThrowIfCancellationRequested();
            int count = RandomAccess.Read(_file, new Span<byte>(buffer, size), _position);
            _position += count;
            return count == 0 ? ffmpeg.AVERROR_EOF : count;
        }
#pragma warning disable CA1031 // Nothing may cross C; the exception is rethrown by ThrowIfParked.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Park(error);
        }
    }

    private int Write(byte* buffer, int size)
    {
        if (_parked is not null)
        {
            return LibavError.Parked;
        }

        try
        {
            _stop.ThrowIfCancellationRequested();
            RandomAccess.Write(_file, new ReadOnlySpan<byte>(buffer, size), _position);
            _position += size;
            Volatile.Write(ref _written, Math.Max(_written, _position));
            Volatile.Write(ref _moved, _moved + size);
            return size;
        }
#pragma warning disable CA1031 // Nothing may cross C; the exception is rethrown by ThrowIfParked.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Park(error);
        }
    }

    private long Seek(long offset, int whence)
    {
        try
        {
            long target = whence switch
            {
                SeekSize => RandomAccess.GetLength(_file),
                0 => _position = offset,
                1 => _position += offset,
                2 => _position = RandomAccess.GetLength(_file) + offset,
                _ => -1,
            };
            return target < 0 ? ffmpeg.AVERROR(ffmpeg.EINVAL) : target;
        }
#pragma warning disable CA1031 // Nothing may cross C; the exception is rethrown by ThrowIfParked.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Park(error);
        }
    }

    private int Park(Exception error)
    {
        _parked ??= error is IOException io ? Explain(io) : error;
        return LibavError.Parked;
    }
}
