using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>What of a decoded picture decides how it is filtered; when it changes, the graph does.</summary>
internal readonly record struct PictureForm(
    int Width, int Height, int Format, int AspectNumerator, int AspectDenominator,
    AVColorSpace Matrix, AVColorRange Range,
    AVColorPrimaries Primaries, AVColorTransferCharacteristic Transfer, bool Interlaced)
{
    public static unsafe PictureForm Of(AVFrame* frame) => new(
        frame->width,
        frame->height,
        frame->format,
        frame->sample_aspect_ratio.num,
        frame->sample_aspect_ratio.den,
        frame->colorspace,
        frame->color_range,
        frame->color_primaries,
        frame->color_trc,
        IsInterlaced(frame));

    /// <summary>
    /// The same, for a picture that follows others: once fields were seen the graph keeps its deinterlacer, which hands whole pictures on,
    /// because broadcasts change between the two every few pictures.
    /// </summary>
    public PictureForm After(PictureForm before) => this with { Interlaced = Interlaced || before.Interlaced };

    /// <summary>Whether the picture is made of two fields.</summary>
    public static unsafe bool IsInterlaced(AVFrame* frame) => (frame->flags & ffmpeg.AV_FRAME_FLAG_INTERLACED) != 0;

    /// <summary>Says in one way what decoders say in several: the J formats are full range, an unset pixel aspect is the container's or 1.</summary>
    public static unsafe void Normalize(AVFrame* frame, AVRational containerAspect)
    {
        AVPixelFormat plain = (AVPixelFormat)frame->format switch
        {
            AVPixelFormat.AV_PIX_FMT_YUVJ420P => AVPixelFormat.AV_PIX_FMT_YUV420P,
            AVPixelFormat.AV_PIX_FMT_YUVJ422P => AVPixelFormat.AV_PIX_FMT_YUV422P,
            AVPixelFormat.AV_PIX_FMT_YUVJ444P => AVPixelFormat.AV_PIX_FMT_YUV444P,
            AVPixelFormat.AV_PIX_FMT_YUVJ440P => AVPixelFormat.AV_PIX_FMT_YUV440P,
            AVPixelFormat.AV_PIX_FMT_YUVJ411P => AVPixelFormat.AV_PIX_FMT_YUV411P,
            _ => AVPixelFormat.AV_PIX_FMT_NONE,
        };
        if (plain != AVPixelFormat.AV_PIX_FMT_NONE)
        {
            frame->format = (int)plain;
            frame->color_range = AVColorRange.AVCOL_RANGE_JPEG;
        }

        // The container's word wins over the codec's, as players have it.
        AVRational aspect = containerAspect.num > 0 && containerAspect.den > 0 ? containerAspect : frame->sample_aspect_ratio;
        frame->sample_aspect_ratio = aspect.num > 0 && aspect.den > 0 ? aspect : new AVRational { num = 1, den = 1 };
    }
}
