using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>An open decoder of one stream. Owned by one thread for its whole life.</summary>
internal sealed unsafe class Decoder : NativeContext
{
    /// <summary>Pixels in a picture: 16K by 16K. What claims more is an attack or damage.</summary>
    private const long MaxPixels = 16384L * 16384L;

    private readonly string _operation;
    private readonly PicturePool _pictures = new();

    private Decoder(string operation) => _operation = operation;

    public AVCodecContext* Context => (AVCodecContext*)handle;

    /// <summary>Packets that the decoder refused as damaged.</summary>
    public long DamagedPackets { get; private set; }

    /// <summary>Opens the decoder of a stream.</summary>
    /// <exception cref="MediaException">There is none in this build, or it refuses the stream's parameters (class input).</exception>
    public static Decoder Open(AVStream* stream, int threads) => Open(stream, threads, isForLooks: true);

    /// <summary>
    /// Opens the decoder of a stream whose pictures nobody will look at: it reads every bit, and leaves out the smoothing of the pictures,
    /// in which nothing can be found wrong.
    /// </summary>
    /// <exception cref="MediaException">As <see cref="Open(AVStream*, int)"/>.</exception>
    public static Decoder OpenForCheck(AVStream* stream, int threads) => Open(stream, threads, isForLooks: false);

    private static Decoder Open(AVStream* stream, int threads, bool isForLooks)
    {
        AVCodecParameters* parameters = stream->codecpar;
        string name = ffmpeg.avcodec_get_name(parameters->codec_id);
        AVCodec* codec = ffmpeg.avcodec_find_decoder(parameters->codec_id);
        if (codec is null)
        {
            throw new MediaException(ErrorClass.Input, $"decode stream {stream->index}: no decoder for {name} is in this build; convert the file to a common format first");
        }

        var decoder = new Decoder($"decode {name} stream {stream->index}");
        AVCodecContext* context = ffmpeg.avcodec_alloc_context3(codec);
        if (context is null)
        {
            decoder._pictures.Dispose();
            throw new MediaException(ErrorClass.Resource, $"open decoder {name}: no memory; free some memory or lower --slots");
        }

        decoder.Adopt((nint)context);
        try
        {
            ffmpeg.avcodec_parameters_to_context(context, parameters).ThrowIfError($"open decoder {name}", ErrorClass.Input);
            context->pkt_timebase = stream->time_base;
            context->thread_count = threads;
            context->max_pixels = MaxPixels;
            context->skip_loop_filter = isForLooks ? context->skip_loop_filter : AVDiscard.AVDISCARD_ALL;
            decoder._pictures.Attach(context);
            ffmpeg.avcodec_open2(context, codec, null).ThrowIfError($"open decoder {name}", ErrorClass.Input, "the stream's parameters are damaged");
            return decoder;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    /// <summary>Hands a packet over, or the end of the stream with null.</summary>
    /// <returns>False when decoded frames must be received first; then the packet was not taken.</returns>
    public bool Send(MediaPacket? packet)
    {
        int code = ffmpeg.avcodec_send_packet(Context, packet is null ? null : packet.Native);
        if (code == LibavError.Again)
        {
            return false;
        }

        // A damaged packet costs its picture, not the job: decoders recover at the next good one.
        if (code < 0 && code != ffmpeg.AVERROR_EOF)
        {
            FailUnlessDamaged(code);
        }

        return true;
    }

    /// <summary>Receives a decoded frame into an empty shell.</summary>
    public CodecStep Receive(MediaFrame frame)
    {
        while (true)
        {
            int code = ffmpeg.avcodec_receive_frame(Context, frame.Native);
            if (code >= 0)
            {
                return CodecStep.Done;
            }

            if (code == LibavError.Again)
            {
                return CodecStep.NeedsInput;
            }

            if (code == ffmpeg.AVERROR_EOF)
            {
                ThrowIfRefused();
                return CodecStep.Finished;
            }

            FailUnlessDamaged(code);
        }
    }

    /// <summary>Decodes a packet of subtitles; <c>avsubtitle_free</c> frees what it finds.</summary>
    /// <returns>False when there is nothing in it, or it is damaged.</returns>
    public bool DecodeText(MediaPacket packet, AVSubtitle* text)
    {
        int found = 0;
        int code = ffmpeg.avcodec_decode_subtitle2(Context, text, &found, packet.Native);
        if (code < 0)
        {
            FailUnlessDamaged(code);
        }

        return code >= 0 && found != 0;
    }

    protected override void Free()
    {
        AVCodecContext* context = Context;
        ffmpeg.avcodec_free_context(&context);
        _pictures.Dispose();
    }

    private void FailUnlessDamaged(int code)
    {
        ThrowIfRefused();
        if (code == ffmpeg.AVERROR(ffmpeg.ENOMEM))
        {
            code.ThrowIfError(_operation);
        }

        DamagedPackets++;
    }

    /// <summary>Some decoders report a picture that they had no memory for as damage, and some not at all.</summary>
    private void ThrowIfRefused()
    {
        if (_pictures.WasRefused)
        {
            throw PictureMemory.Exceeded(_operation);
        }
    }
}
