using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Libav;

/// <summary>
/// Writes an MP4 whose index stands first. At the end the muxer moves the media data back to make room for the index and re-opens its own
/// output for reading to do so: our <c>io_open</c> hands it a second context on the same descriptor and refuses everything else.
/// Owned by one thread.
/// </summary>
internal sealed unsafe class Mp4Muxer : NativeContext
{
    /// <summary>The only name that <c>io_open</c> answers to; it is no path.</summary>
    private const string OwnName = "output.mp4";

    private readonly SafeFileHandle _file;
    private readonly OutputIo _io;
    private readonly int[] _streamOf = [-1, -1];
    private readonly AVRational[] _timeBaseOf = new AVRational[2];
    private GCHandle _self;
    private OutputIo? _reader;
    private Exception? _parked;

    /// <summary>A muxer onto an empty file that the caller keeps owning.</summary>
    public Mp4Muxer(SafeFileHandle file)
    {
        _file = file;
        _io = new OutputIo(file, forWriting: true);
        AVFormatContext* context = null;
        int code = ffmpeg.avformat_alloc_output_context2(&context, null, "mp4", OwnName);
        if (code < 0)
        {
            _io.Dispose();
            code.ThrowIfError("open the mp4 muxer");
        }

        Adopt((nint)context);
        _self = GCHandle.Alloc(this);
        context->opaque = (void*)GCHandle.ToIntPtr(_self);
        context->pb = _io.Context;
        context->flags |= ffmpeg.AVFMT_FLAG_CUSTOM_IO;
        context->io_open = new AVFormatContext_io_open_func
        {
            Pointer = (nint)(delegate* unmanaged[Cdecl]<AVFormatContext*, AVIOContext**, byte*, int, AVDictionary**, int>)&OnOpen,
        };
        context->io_close2 = new AVFormatContext_io_close2_func
        {
            Pointer = (nint)(delegate* unmanaged[Cdecl]<AVFormatContext*, AVIOContext*, int>)&OnClose,
        };
    }

    public AVFormatContext* Context => (AVFormatContext*)handle;

    /// <summary>Bytes in the output so far.</summary>
    public long BytesWritten => _io.BytesWritten;

    /// <summary>Called after each write into the output, on the thread that writes.</summary>
    public Action? Written
    {
        set => _io.Written = value;
    }

    /// <summary>Time base of a track's packets as they come from its encoder.</summary>
    public AVRational TimeBaseOf(Track track) => _timeBaseOf[(int)track];

    /// <summary>Adds a track; all tracks are added before the header.</summary>
    public void Add(EncodedTrack track)
    {
        AVStream* stream = ffmpeg.avformat_new_stream(Context, null);
        if (stream is null)
        {
            throw new MediaException(ErrorClass.Resource, "write the output: no memory; free some memory or lower --slots");
        }

        ffmpeg.avcodec_parameters_copy(stream->codecpar, track.Parameters).ThrowIfError("write the output");
        // Apple's players take HEVC only with parameter sets in the header, which is what hvc1 says.
        stream->codecpar->codec_tag = stream->codecpar->codec_id == AVCodecID.AV_CODEC_ID_HEVC ? (uint)ffmpeg.MKTAG('h', 'v', 'c', '1') : 0;
        stream->time_base = track.TimeBase;
        if (track.Track == Track.Video)
        {
            stream->avg_frame_rate = track.FrameRate;
            stream->r_frame_rate = track.FrameRate;
        }

        stream->disposition = ffmpeg.AV_DISPOSITION_DEFAULT;
        _streamOf[(int)track.Track] = stream->index;
        _timeBaseOf[(int)track.Track] = track.TimeBase;
    }

    /// <summary>Writes what comes before the media data.</summary>
    public void WriteHeader()
    {
        AVDictionary* options = null;
        ffmpeg.av_dict_set(&options, "movflags", "+faststart", 0);
        int code = ffmpeg.avformat_write_header(Context, &options);
        ffmpeg.av_dict_free(&options);
        Check(code);
    }

    /// <summary>Moves a packet into the output, in order with the other track's.</summary>
    public void Write(MediaPacket packet)
    {
        int track = (int)packet.Track;
        packet.Native->stream_index = _streamOf[track];
        ffmpeg.av_packet_rescale_ts(packet.Native, _timeBaseOf[track], Context->streams[_streamOf[track]]->time_base);
        Check(ffmpeg.av_interleaved_write_frame(Context, packet.Native));
    }

    /// <summary>Writes the index and moves it to the front.</summary>
    public void WriteTrailer()
    {
        Check(ffmpeg.av_write_trailer(Context));
        ffmpeg.avio_flush(_io.Context);
        Check(_io.Context->error);
    }

    protected override void Free()
    {
        AVFormatContext* context = Context;
        context->pb = null;
        ffmpeg.avformat_free_context(context);
        _reader?.Dispose();
        _io.Dispose();
        _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnOpen(AVFormatContext* context, AVIOContext** opened, byte* url, int flags, AVDictionary** options)
    {
        *opened = null;
        var muxer = (Mp4Muxer)GCHandle.FromIntPtr((nint)context->opaque).Target!;
        if (muxer._reader is not null || (flags & ffmpeg.AVIO_FLAG_WRITE) != 0)
        {
            return LibavError.Refused;
        }

        try
        {
            if (LibavError.Text(url) != OwnName)
            {
                return LibavError.Refused;
            }

            muxer._reader = new OutputIo(muxer._file, forWriting: false);
            *opened = muxer._reader.Context;
            return 0;
        }
#pragma warning disable CA1031 // Nothing may cross C; Check rethrows it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            muxer._parked = error;
            return LibavError.Parked;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnClose(AVFormatContext* context, AVIOContext* closing)
    {
        // The reader is freed with the muxer, so that what it parked can still be asked for.
        return 0;
    }

    private void Check(int code)
    {
        if (_parked is not null)
        {
            throw new MediaException(ErrorClass.Platform, $"write the output: {_parked.Message}; check the disk or mount where the output goes", _parked);
        }

        _io.ThrowIfParked();
        _reader?.ThrowIfParked();
        code.ThrowIfError("write the output", ErrorClass.Platform, "check the disk or mount where the output goes");
    }
}
