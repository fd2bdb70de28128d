using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>An open encoder. Owned by one thread for its whole life.</summary>
internal sealed unsafe class Encoder : NativeContext
{
    private readonly string _operation;

    private Encoder(string name) => _operation = $"encode with {name}";

    /// <summary>The codec context; set up by the caller of <see cref="Open"/> before the encoder opens.</summary>
    public AVCodecContext* Context => (AVCodecContext*)handle;

    /// <summary>Finds an encoder by name and sets its context up; <see cref="Open"/> opens it.</summary>
    /// <exception cref="MediaException">It is not in this build (class capability).</exception>
    public static Encoder Create(string name)
    {
        AVCodec* codec = ffmpeg.avcodec_find_encoder_by_name(name);
        if (codec is null)
        {
            throw new MediaException(ErrorClass.Capability, $"open encoder {name}: it is not in this build; choose a scenario with another encoder");
        }

        var encoder = new Encoder(name);
        AVCodecContext* context = ffmpeg.avcodec_alloc_context3(codec);
        if (context is null)
        {
            throw new MediaException(ErrorClass.Resource, $"open encoder {name}: no memory; free some memory or lower --slots");
        }

        encoder.Adopt((nint)context);
        return encoder;
    }

    /// <summary>Sets one of the encoder's own options.</summary>
    public void Option(string key, string value) =>
        ffmpeg.av_opt_set(Context->priv_data, key, value, 0).ThrowIfError($"set {key}={value} of {_operation}");

    /// <summary>Opens the encoder with what its context says.</summary>
    /// <returns>libav's code, negative when it did not open.</returns>
    public int Open() => ffmpeg.avcodec_open2(Context, null, null);

    /// <summary>Hands a frame over, or the end with null. The caller keeps the frame.</summary>
    /// <returns>False when packets must be received first; then the frame was not taken.</returns>
    public bool Send(MediaFrame? frame)
    {
        int code = ffmpeg.avcodec_send_frame(Context, frame is null ? null : frame.Native);
        if (code == LibavError.Again)
        {
            return false;
        }

        code.ThrowIfError(_operation);
        return true;
    }

    /// <summary>Receives a packet into an empty shell.</summary>
    public CodecStep Receive(MediaPacket packet)
    {
        int code = ffmpeg.avcodec_receive_packet(Context, packet.Native);
        if (code == LibavError.Again)
        {
            return CodecStep.NeedsInput;
        }

        if (code == ffmpeg.AVERROR_EOF)
        {
            return CodecStep.Finished;
        }

        code.ThrowIfError(_operation);
        return CodecStep.Done;
    }

    protected override void Free()
    {
        AVCodecContext* context = Context;
        ffmpeg.avcodec_free_context(&context);
    }
}
