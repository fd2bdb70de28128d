using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// What a muxer has to know about a track: a copy of its encoder's parameters, or of the source's stream whose packets are copied, so that no
/// other thread touches either. Read by every output that has the track.
/// </summary>
internal sealed unsafe class EncodedTrack : NativeContext
{
    private EncodedTrack(TrackLabel label, AVRational timeBase, AVRational frameRate)
    {
        Label = label;
        TimeBase = timeBase;
        FrameRate = frameRate;
    }

    public TrackLabel Label { get; }

    /// <summary>Time base of its packets.</summary>
    public AVRational TimeBase { get; }

    /// <summary>Pictures a second; 0/1 for sound and text.</summary>
    public AVRational FrameRate { get; }

    public AVCodecParameters* Parameters => (AVCodecParameters*)handle;

    /// <summary>Copies the parameters of an open encoder, on the thread that owns it.</summary>
    public static EncodedTrack Of(TrackLabel label, Encoder encoder)
    {
        var track = new EncodedTrack(label, encoder.Context->time_base, encoder.Context->framerate);
        track.Allocate();
        ffmpeg.avcodec_parameters_from_context(track.Parameters, encoder.Context).ThrowIfError("describe the encoded track");
        return track;
    }

    /// <summary>Copies the parameters of a source's stream, whose packets go into the output as they are.</summary>
    /// <param name="label">What it is called.</param>
    /// <param name="source">The source's parameters.</param>
    /// <param name="timeBase">Time base of the packets as they are sent.</param>
    /// <param name="padding">Samples before the start that are decoded and not heard; Matroska states them.</param>
    public static EncodedTrack Of(TrackLabel label, AVCodecParameters* source, AVRational timeBase, int padding = 0)
    {
        var track = new EncodedTrack(label, timeBase, new AVRational { num = 0, den = 1 });
        track.Allocate();
        ffmpeg.avcodec_parameters_copy(track.Parameters, source).ThrowIfError("describe the copied track");
        track.Parameters->codec_tag = 0;
        track.Parameters->initial_padding = padding;
        return track;
    }

    /// <summary>A track whose parameters are filled in by the caller: one that an earlier run encoded.</summary>
    public static EncodedTrack Empty(TrackLabel label, AVRational timeBase, AVRational frameRate)
    {
        var track = new EncodedTrack(label, timeBase, frameRate);
        track.Allocate();
        return track;
    }

    protected override void Free()
    {
        AVCodecParameters* parameters = Parameters;
        ffmpeg.avcodec_parameters_free(&parameters);
    }

    private void Allocate() => Adopt((nint)ffmpeg.avcodec_parameters_alloc());
}
