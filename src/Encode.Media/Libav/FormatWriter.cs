using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Libav;

/// <summary>
/// libav's muxer of one format onto one file. MP4 with its index first moves the media data back at the end to make room for it and
/// re-opens its own output for reading to do so: our <c>io_open</c> hands it a second context on the same descriptor and refuses everything
/// else. Owned by one thread.
/// </summary>
internal sealed unsafe class FormatWriter : NativeContext
{
    /// <summary>The only name that <c>io_open</c> answers to; it is no path.</summary>
    private const string OwnName = "output";

    private readonly SafeFileHandle _file;
    private readonly CancellationToken _stop;
    private readonly OutputIo _io;
    private readonly string _format;
    private readonly List<(int Track, AVRational TimeBase, bool RepeatsHeaders)> _streams = [];
    private readonly HashSet<TrackKind> _kinds = [];
    private readonly PacketSorter _sorter = new();
    private GCHandle _self;
    private OutputIo? _reader;
    private Exception? _parked;
    private bool _isOpen;

    /// <summary>A muxer onto an empty file that the caller keeps owning.</summary>
    /// <param name="file">Open for reading and writing.</param>
    /// <param name="format">libavformat's short name: <c>mp4</c>, <c>matroska</c>, <c>webm</c>, <c>mpegts</c>.</param>
    /// <param name="stop">Ends long work, such as the move of a whole file.</param>
    public FormatWriter(SafeFileHandle file, string format, CancellationToken stop)
    {
        _stop = stop;
        _file = file;
        _format = format;
        _io = new OutputIo(file, forWriting: true, stop);
        AVFormatContext* context = null;
        int code = ffmpeg.avformat_alloc_output_context2(&context, null, format, OwnName);
        if (code < 0)
        {
            _io.Dispose();
            code.ThrowIfError($"open the {format} muxer");
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

    /// <summary>Bytes written so far, counting rewritten ones each time.</summary>
    public long BytesMoved => _io.BytesMoved;

    /// <summary>Gives the file its tags and chapters; before the header.</summary>
    public void Describe(FileLabel label)
    {
        foreach ((string key, string value) in label.Tags)
        {
            ffmpeg.av_dict_set(&Context->metadata, key, value, 0);
        }

        if (label.Chapters.Count > 0)
        {
            AddChapters(label.Chapters);
        }
    }

    /// <summary>Adds a track; all tracks are added before the header.</summary>
    public void Add(EncodedTrack track)
    {
        AVStream* stream = ffmpeg.avformat_new_stream(Context, null);
        if (stream is null)
        {
            throw new MediaException(ErrorClass.Resource, "write the output: no memory; free some memory or lower --slots");
        }

        AVCodecParameters* parameters = stream->codecpar;
        ffmpeg.avcodec_parameters_copy(parameters, track.Parameters).ThrowIfError("write the output");
        bool isHevc = parameters->codec_id == AVCodecID.AV_CODEC_ID_HEVC;
        // Apple's players take HEVC only with parameter sets in the header, which is what hvc1 says.
        parameters->codec_tag = isHevc && _format == "mp4" ? (uint)ffmpeg.MKTAG('h', 'v', 'c', '1') : 0;
        stream->time_base = track.TimeBase;
        if (track.Label.Kind == TrackKind.Video)
        {
            stream->avg_frame_rate = track.FrameRate;
            stream->r_frame_rate = track.FrameRate;
        }

        // The first of its kind is what a player takes unasked, in each file of its own. Text is shown unasked only where the source says so.
        bool isFirst = track.Label.Kind == TrackKind.Subtitle ? (track.Label.Disposition & ffmpeg.AV_DISPOSITION_DEFAULT) != 0 : _kinds.Add(track.Label.Kind);
        stream->disposition = isFirst ? track.Label.Disposition | ffmpeg.AV_DISPOSITION_DEFAULT : track.Label.Disposition & ~ffmpeg.AV_DISPOSITION_DEFAULT;
        Tag(stream, "language", track.Label.Language);
        Tag(stream, "title", track.Label.Title);
        Tag(stream, "timecode", track.Label.Timecode);
        bool isParameterSetCodec = isHevc || parameters->codec_id == AVCodecID.AV_CODEC_ID_H264;
        _streams.Add((track.Label.Id, track.TimeBase, _format == "mpegts" && isParameterSetCodec));
    }

    /// <summary>Writes what comes before the media data.</summary>
    /// <param name="options">Options of the muxer, ours alone.</param>
    public void WriteHeader(params ReadOnlySpan<(string Key, string Value)> options)
    {
        AVDictionary* dictionary = null;
        foreach ((string key, string value) in options)
        {
            ffmpeg.av_dict_set(&dictionary, key, value, 0);
        }

        int code = ffmpeg.avformat_write_header(Context, &dictionary);
        AVDictionaryEntry* unknown = ffmpeg.av_dict_get(dictionary, string.Empty, null, ffmpeg.AV_DICT_IGNORE_SUFFIX);
        string? left = unknown is null ? null : LibavError.Text(unknown->key);
        ffmpeg.av_dict_free(&dictionary);
        Check(code);
        if (left is not null)
        {
            throw new MediaException(ErrorClass.Platform, $"open the {_format} muxer: it has no option {left}; this is a fault of the program, report it");
        }

        for (int i = 0; i < _streams.Count; i++)
        {
            _sorter.Add(Context->streams[i]->time_base);
        }

        _isOpen = true;
    }

    /// <summary>Moves a packet into the output, in order with the other tracks'.</summary>
    /// <exception cref="InvalidOperationException">The header has not been written.</exception>
    public void Write(MediaPacket packet) => Write(packet.Track, packet.Native);

    /// <summary>The same, of a track.</summary>
    public void Write(int track, AVPacket* packet)
    {
        ThrowUnlessOpen();
        int index = IndexOf(track);
        (_, AVRational timeBase, bool repeatsHeaders) = _streams[index];
        AVStream* stream = Context->streams[index];
        if (repeatsHeaders && (packet->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0)
        {
            PrependHeaders(packet, stream->codecpar);
        }

        packet->stream_index = index;
        ffmpeg.av_packet_rescale_ts(packet, timeBase, stream->time_base);
        _sorter.Push(index, packet);
        WriteSorted(isEnd: false);
    }

    /// <summary>No packet of a track lies before a time, in nanoseconds from the start of the output.</summary>
    /// <exception cref="InvalidOperationException">The header has not been written.</exception>
    public void Advance(int track, long time)
    {
        ThrowUnlessOpen();
        _sorter.Advance(IndexOf(track), time);
        WriteSorted(isEnd: false);
    }

    /// <summary>Ends a fragment here: everything written so far is in the file when this returns.</summary>
    /// <exception cref="InvalidOperationException">The header has not been written.</exception>
    public void Cut()
    {
        ThrowUnlessOpen();
        WriteSorted(isEnd: true);
        Check(ffmpeg.av_write_frame(Context, null));
        Flush();
    }

    /// <summary>Brings what is buffered into the file.</summary>
    public void Flush()
    {
        ffmpeg.avio_flush(_io.Context);
        Check(_io.Context->error);
    }

    /// <summary>Writes what comes after the media data, or moves the index to the front.</summary>
    /// <exception cref="InvalidOperationException">The header has not been written.</exception>
    public void WriteTrailer()
    {
        ThrowUnlessOpen();
        WriteSorted(isEnd: true);
        Check(ffmpeg.av_write_trailer(Context));
        Flush();
    }

    protected override void Free()
    {
        AVFormatContext* context = Context;
        context->pb = null;
        ffmpeg.avformat_free_context(context);
        _sorter.Dispose();
        _reader?.Dispose();
        _io.Dispose();
        _self.Free();
    }

    private void ThrowUnlessOpen()
    {
        if (!_isOpen)
        {
            throw new InvalidOperationException($"write to the {_format} muxer: its header has not been written; call WriteHeader before anything else is written");
        }
    }

    private void WriteSorted(bool isEnd)
    {
        for (AVPacket* packet; (packet = _sorter.Next(isEnd)) is not null;)
        {
            try
            {
                Check(ffmpeg.av_write_frame(Context, packet));
            }
            finally
            {
                _sorter.Return(packet);
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnOpen(AVFormatContext* context, AVIOContext** opened, byte* url, int flags, AVDictionary** options)
    {
        *opened = null;
        var writer = (FormatWriter)GCHandle.FromIntPtr((nint)context->opaque).Target!;
        if (writer._reader is not null || (flags & ffmpeg.AVIO_FLAG_WRITE) != 0)
        {
            return LibavError.Refused;
        }

        try
        {
            if (LibavError.Text(url) != OwnName)
            {
                return LibavError.Refused;
            }

            writer._reader = new OutputIo(writer._file, forWriting: false, writer._stop);
            *opened = writer._reader.Context;
            return 0;
        }
#pragma warning disable CA1031 // Nothing may cross C; Check rethrows it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            writer._parked = error;
            return LibavError.Parked;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnClose(AVFormatContext* context, AVIOContext* closing)
    {
        // The reader is freed with the writer, so that what it parked can still be asked for.
        return 0;
    }

    private static void Tag(AVStream* stream, string key, string? value)
    {
        if (value is not null)
        {
            ffmpeg.av_dict_set(&stream->metadata, key, value, 0);
        }
    }

    /// <summary>A transport stream has no header: every key frame carries the parameter sets, so that a viewer can join at any of them.</summary>
    private static void PrependHeaders(AVPacket* packet, AVCodecParameters* parameters)
    {
        int headers = parameters->extradata_size;
        int body = packet->size;
        if (headers <= 0)
        {
            return;
        }

        ffmpeg.av_grow_packet(packet, headers).ThrowIfError("write the output", ErrorClass.Resource);
        ffmpeg.av_packet_make_writable(packet).ThrowIfError("write the output", ErrorClass.Resource);
        var bytes = new Span<byte>(packet->data, headers + body);
        bytes[..body].CopyTo(bytes[headers..]);
        new ReadOnlySpan<byte>(parameters->extradata, headers).CopyTo(bytes);
    }

    // libavformat frees the list and its entries with the context.
    private void AddChapters(IReadOnlyList<Chapter> chapters)
    {
        Context->chapters = (AVChapter**)ffmpeg.av_calloc((ulong)chapters.Count, (ulong)sizeof(AVChapter*));
        for (int i = 0; Context->chapters is not null && i < chapters.Count; i++)
        {
            var chapter = (AVChapter*)ffmpeg.av_mallocz((ulong)sizeof(AVChapter));
            if (chapter is null)
            {
                return;
            }

            chapter->id = i + 1;
            chapter->time_base = new AVRational { num = 1, den = (int)TimeBases.Second };
            chapter->start = chapters[i].Start;
            chapter->end = chapters[i].End;
            if (chapters[i].Title is { } title)
            {
                ffmpeg.av_dict_set(&chapter->metadata, "title", title, 0);
            }

            Context->chapters[i] = chapter;
            Context->nb_chapters++;
        }
    }

    private int IndexOf(int track)
    {
        for (int i = 0; i < _streams.Count; i++)
        {
            if (_streams[i].Track == track)
            {
                return i;
            }
        }

        throw new MediaException(ErrorClass.Platform, $"write the output: it has no track {track}; this is a fault of the program, report it");
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
