using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>What a muxer has to know about an encoder: a copy of its parameters, so that no other thread touches its context.</summary>
internal sealed unsafe class EncodedTrack : NativeContext
{
    /// <summary>Copies the parameters of an open encoder, on the thread that owns it.</summary>
    public EncodedTrack(Track track, Encoder encoder)
    {
        Track = track;
        TimeBase = encoder.Context->time_base;
        FrameRate = encoder.Context->framerate;
        AVCodecParameters* parameters = ffmpeg.avcodec_parameters_alloc();
        Adopt((nint)parameters);
        ffmpeg.avcodec_parameters_from_context(parameters, encoder.Context).ThrowIfError("describe the encoded track");
    }

    public Track Track { get; }

    public AVRational TimeBase { get; }

    public AVRational FrameRate { get; }

    public AVCodecParameters* Parameters => (AVCodecParameters*)handle;

    protected override void Free()
    {
        AVCodecParameters* parameters = Parameters;
        ffmpeg.avcodec_parameters_free(&parameters);
    }
}
