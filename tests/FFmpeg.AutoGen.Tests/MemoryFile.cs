using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen.Tests;

/// <summary>A file in memory that libav reads, writes and seeks through callbacks, as a transcoder does with its own descriptors.</summary>
internal sealed unsafe class MemoryFile : IDisposable
{
    private const int BufferBytes = 4096;
    private readonly MemoryStream _stream = new();
    private readonly GCHandle _self;
    private AVIOContext* _context;

    public MemoryFile() => _self = GCHandle.Alloc(this);

    public long Length => _stream.Length;

    /// <summary>Opens the file at its start. One context at a time.</summary>
    public AVIOContext* Open(bool write)
    {
        Close();
        _stream.Position = 0;
        var read = new avio_alloc_context_read_packet_func { Pointer = (IntPtr)(delegate* unmanaged[Cdecl]<void*, byte*, int, int>)&Read };
        var put = new avio_alloc_context_write_packet_func { Pointer = (IntPtr)(delegate* unmanaged[Cdecl]<void*, byte*, int, int>)&Write };
        var seek = new avio_alloc_context_seek_func { Pointer = (IntPtr)(delegate* unmanaged[Cdecl]<void*, long, int, long>)&Seek };
        _context = ffmpeg.avio_alloc_context((byte*)ffmpeg.av_malloc(BufferBytes), BufferBytes, write ? 1 : 0, (void*)GCHandle.ToIntPtr(_self), read, put, seek);
        return _context;
    }

    public void Close()
    {
        if (_context is not null)
        {
            ffmpeg.avio_flush(_context);
            ffmpeg.av_freep(&_context->buffer);
            fixed (AVIOContext** context = &_context)
            {
                ffmpeg.avio_context_free(context);
            }
        }
    }

    public void Dispose()
    {
        Close();
        _self.Free();
    }

    private static MemoryStream Of(void* opaque) => ((MemoryFile)GCHandle.FromIntPtr((IntPtr)opaque).Target!)._stream;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(void* opaque, byte* buffer, int size) =>
        Of(opaque).Read(new Span<byte>(buffer, size)) is > 0 and var bytes ? bytes : ffmpeg.AVERROR_EOF;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(void* opaque, byte* buffer, int size)
    {
        Of(opaque).Write(new ReadOnlySpan<byte>(buffer, size));
        return size;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long Seek(void* opaque, long offset, int whence) =>
        (whence & ffmpeg.AVSEEK_SIZE) != 0 ? Of(opaque).Length : Of(opaque).Seek(offset, (SeekOrigin)(whence & ~ffmpeg.AVSEEK_FORCE));
}
