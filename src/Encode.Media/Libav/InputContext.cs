using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.IO;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// An open input: the demuxer over our own I/O. It opens nothing by itself (<see cref="IoPolicy"/>), takes only the listed formats, and
/// reads a bounded amount before it says what is inside. Owned by one thread.
/// </summary>
internal sealed unsafe class InputContext : NativeContext
{
    /// <summary>Formats that may hold an input. Playlists, scripts and image sequences are not among them, nor anything that names other files.</summary>
    private const string AllowedFormats =
        "mov,matroska,mpegts,mpeg,flv,avi,mxf,ogg,wav,mp3,aac,flac,ac3,eac3,amr,h264,hevc,ivf,obu,yuv4mpegpipe";

    /// <summary>Bytes read to find out what is inside: enough for the first pictures of a 200 Mbit/s stream.</summary>
    private const long ProbeBytes = 20_000_000;

    /// <summary>Stream time read to find out what is inside, in microseconds; late sound in a transport stream is found within it.</summary>
    private const long AnalyzeMicroseconds = 5_000_000;

    /// <summary>Bytes read to recognise the format.</summary>
    private const int FormatProbeBytes = 1 << 20;

    /// <summary>Streams in a file: broadcasts have tens, attacks have thousands.</summary>
    private const int MaxStreams = 200;

    // SEEK_SET and SEEK_CUR of stdio.h.
    private const int Begin = 0;
    private const int Current = 1;

    private readonly InputIo _io;
    private readonly CancellationToken _stop;
    private GCHandle _self;

    private InputContext(InputIo io, CancellationToken stop)
    {
        _io = io;
        _stop = stop;
    }

    /// <summary>The demuxer; valid until this is disposed.</summary>
    public AVFormatContext* Context => (AVFormatContext*)handle;

    /// <summary>Opens an input and finds out what is inside.</summary>
    /// <exception cref="MediaException">It is empty or not media (class input), or could not be read.</exception>
    public static InputContext Open(MediaInput input, CancellationToken stop) => Open(input, looksInside: true, stop);

    /// <summary>Opens a file whose index says all there is to know, such as our own output, without decoding anything.</summary>
    public static InputContext OpenIndexed(MediaInput input, CancellationToken stop) => Open(input, looksInside: false, stop);

    private static InputContext Open(MediaInput input, bool looksInside, CancellationToken stop)
    {
        if (input.Length == 0)
        {
            throw new MediaException(ErrorClass.Input, "open the input: it is empty; copy the file again");
        }

        var io = new InputIo(input, stop);
        var context = new InputContext(io, stop);
        try
        {
            context.OpenFormat();
            // A transport stream has no index: what is inside shows only as it is read.
            if (looksInside || (context.Context->ctx_flags & ffmpeg.AVFMTCTX_NOHEADER) != 0)
            {
                context.FindStreams();
            }

            return context;
        }
        catch
        {
            context.Dispose();
            io.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next packet into an empty shell.</summary>
    /// <returns>False at the end of the input.</returns>
    public bool Read(MediaPacket packet)
    {
        int code = ffmpeg.av_read_frame(Context, packet.Native);
        if (code >= 0)
        {
            return true;
        }

        _io.ThrowIfParked();
        _stop.ThrowIfCancellationRequested();
        if (code != ffmpeg.AVERROR_EOF)
        {
            throw Damaged("read the input", code);
        }

        return false;
    }

    /// <summary>Goes to the last place at or before a time from which a stream can be decoded.</summary>
    /// <param name="stream">Index of the stream.</param>
    /// <param name="timestamp">In the stream's time base.</param>
    /// <returns>False when the format cannot, or knows no such place; then it stays where it is.</returns>
    public bool SeekBefore(int stream, long timestamp)
    {
        long position = ffmpeg.avio_seek(Context->pb, 0, Current);
        int code = ffmpeg.avformat_seek_file(Context, stream, long.MinValue, timestamp, timestamp, 0);
        _io.ThrowIfParked();
        _stop.ThrowIfCancellationRequested();
        if (code < 0)
        {
            ffmpeg.avio_seek(Context->pb, position, Begin).ThrowIfNegative("read the input");
        }

        return code >= 0;
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        AVFormatContext* context = Context;
        ffmpeg.avformat_close_input(&context);
        _io.Dispose();
        if (_self.IsAllocated)
        {
            _self.Free();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnInterrupt(void* opaque) =>
        ((InputContext)GCHandle.FromIntPtr((nint)opaque).Target!)._stop.IsCancellationRequested ? 1 : 0;

    private void OpenFormat()
    {
        AVFormatContext* context = ffmpeg.avformat_alloc_context();
        if (context is null)
        {
            throw new MediaException(ErrorClass.Resource, "open the input: no memory; free some memory or lower --slots");
        }

        _self = GCHandle.Alloc(this);
        IoPolicy.RefuseAll(context);
        context->pb = _io.Context;
        context->flags |= ffmpeg.AVFMT_FLAG_CUSTOM_IO;
        context->probesize = ProbeBytes;
        context->max_analyze_duration = AnalyzeMicroseconds;
        context->format_probesize = FormatProbeBytes;
        context->max_streams = MaxStreams;
        context->interrupt_callback.opaque = (void*)GCHandle.ToIntPtr(_self);
        context->interrupt_callback.callback = new AVIOInterruptCB_callback_func { Pointer = (nint)(delegate* unmanaged[Cdecl]<void*, int>)&OnInterrupt };
        AVDictionary* options = null;
        ffmpeg.av_dict_set(&options, "format_whitelist", AllowedFormats, 0);
        int code = ffmpeg.avformat_open_input(&context, null, null, &options);
        ffmpeg.av_dict_free(&options);
        if (code < 0)
        {
            // avformat_open_input has freed the context.
            _self.Free();
            _io.ThrowIfParked();
            _stop.ThrowIfCancellationRequested();
            throw NotMedia(code);
        }

        Adopt((nint)context);
    }

    private static MediaException NotMedia(int code)
    {
        string reason = code == ffmpeg.AVERROR_INVALIDDATA || code == ffmpeg.AVERROR(ffmpeg.EINVAL) || code == ffmpeg.AVERROR_EOF || code == LibavError.Parked
            ? "it is not a media file that can be read, or its index is missing because it was cut short; check it with ffprobe"
            : $"{LibavError.Describe(code)}; check it with ffprobe";
        return new MediaException(ErrorClass.Input, $"open the input: {reason}") { NativeCode = code };
    }

    /// <summary>
    /// Demuxers call it a lack of memory when a file claims a packet of 2 GiB; the memory of a host does not run out that way, since the
    /// kernel promises more than there is. So it is the file's fault, and no other host would do better.
    /// </summary>
    private static MediaException Damaged(string operation, int code) => code == ffmpeg.AVERROR(ffmpeg.ENOMEM)
        ? new MediaException(ErrorClass.Input, $"{operation}: it claims a packet larger than any memory; the file is damaged, check it with ffprobe") { NativeCode = code }
        : LibavError.Create(code, operation, ErrorClass.Input, "the file is damaged or cut short; check it with ffprobe");

    private void FindStreams()
    {
        int code = ffmpeg.avformat_find_stream_info(Context, null);
        _io.ThrowIfParked();
        _stop.ThrowIfCancellationRequested();
        if (code < 0)
        {
            throw Damaged("look into the input", code);
        }
    }
}
