using System.Globalization;
using System.Text;
using Encode.Contracts.Scenarios;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// How a decoded picture becomes one that the encoder takes: size, form, colour, and the filters between. No filters means that the
/// picture is handed on as it is. The output's part is decided once by the first picture; the filters follow each change of the source.
/// </summary>
internal sealed record PicturePlan(PictureGeometry Geometry, ColourPlan Colour, AVPixelFormat Format, string Filters)
{
    /// <summary>Plans for the first picture.</summary>
    /// <param name="frame">A decoded picture, normalized.</param>
    /// <param name="form">Its form.</param>
    /// <param name="orientation">How it is to be turned.</param>
    /// <param name="video">What the output is to be.</param>
    /// <param name="encoder">Who takes the filtered picture.</param>
    /// <exception cref="MediaException">HDR into 8 bit (class settings).</exception>
    public static unsafe PicturePlan For(AVFrame* frame, PictureForm form, Orientation orientation, VideoSettings video, VideoEncoderEntry encoder)
    {
        PictureGeometry geometry = PictureGeometry.Place(form, orientation.SwapsSides, video).AtLeast(encoder.MinWidth, encoder.MinHeight);
        var plan = new PicturePlan(geometry, ColourPlan.For(frame, video.BitDepth), encoder.FormatFor(video.BitDepth), string.Empty);
        return plan with { Filters = plan.FiltersFor(frame, form, orientation, geometry) };
    }

    /// <summary>Plans for a source that changed in mid-stream: the picture is fitted into the output as it was decided.</summary>
    /// <exception cref="MediaException">It became HDR, or another kind of it (class settings).</exception>
    public unsafe PicturePlan Again(AVFrame* frame, PictureForm form, Orientation orientation, VideoSettings video)
    {
        Colour.ThrowUnlessFits(form.Transfer, video.BitDepth);
        VideoSettings same = video with { BoxWidth = Geometry.Width, BoxHeight = Geometry.Height, Fit = video.Fit == Fit.Crop ? Fit.Crop : Fit.Pad, Upscale = true };
        PictureGeometry geometry = PictureGeometry.PlaceUpright(form, orientation.SwapsSides, same).AtLeast(Geometry.Width, Geometry.Height);
        return this with { Filters = FiltersFor(frame, form, orientation, geometry) };
    }

    /// <summary>Says on a finished picture what it is, and clears what must not reach the encoder.</summary>
    public unsafe void Tag(AVFrame* frame)
    {
        frame->color_primaries = Colour.Primaries;
        frame->color_trc = Colour.Transfer;
        frame->colorspace = Colour.Matrix;
        frame->color_range = Colour.Range;
        frame->chroma_location = Colour.Chroma;
        frame->sample_aspect_ratio = new AVRational { num = 1, den = 1 };
        // Encoders take a picture type as a wish; the source's GOPs are none of theirs.
        frame->pict_type = AVPictureType.AV_PICTURE_TYPE_NONE;
        frame->flags &= ~(ffmpeg.AV_FRAME_FLAG_INTERLACED | ffmpeg.AV_FRAME_FLAG_TOP_FIELD_FIRST | ffmpeg.AV_FRAME_FLAG_KEY);
        frame->repeat_pict = 0;
        ffmpeg.av_frame_remove_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_DISPLAYMATRIX);
    }

    private unsafe string FiltersFor(AVFrame* frame, PictureForm form, Orientation orientation, PictureGeometry geometry)
    {
        var filters = new StringBuilder();
        if (form.Interlaced)
        {
            Add(filters, "bwdif=mode=send_frame:parity=auto:deint=interlaced");
        }

        AddTurnAndScale(filters, frame, orientation, geometry);
        AddCropAndPad(filters, geometry);
        return filters.ToString();
    }

    private unsafe void AddTurnAndScale(StringBuilder filters, AVFrame* frame, Orientation orientation, PictureGeometry geometry)
    {
        int uprightWidth = orientation.SwapsSides ? frame->height : frame->width;
        int uprightHeight = orientation.SwapsSides ? frame->width : frame->height;
        bool scales = uprightWidth != geometry.ScaledWidth || uprightHeight != geometry.ScaledHeight;
        bool converts = frame->format != (int)Format || ChangesColour(frame);
        if (!scales && !converts)
        {
            Add(filters, orientation.Filter);
            return;
        }

        // Turning moves every sample, so it is done on the smaller of the two pictures.
        bool shrinks = (long)geometry.ScaledWidth * geometry.ScaledHeight < (long)uprightWidth * uprightHeight;
        if (!shrinks)
        {
            Add(filters, orientation.Filter);
        }

        bool isTurnedLater = shrinks && orientation.SwapsSides;
        Add(filters, ScaleFilter(
            frame,
            isTurnedLater ? geometry.ScaledHeight : geometry.ScaledWidth,
            isTurnedLater ? geometry.ScaledWidth : geometry.ScaledHeight));
        Add(filters, $"format={ffmpeg.av_get_pix_fmt_name(Format)}");
        if (shrinks)
        {
            Add(filters, orientation.Filter);
        }
    }

    private static void AddCropAndPad(StringBuilder filters, PictureGeometry geometry)
    {
        int keptWidth = Math.Min(geometry.ScaledWidth, geometry.Width);
        int keptHeight = Math.Min(geometry.ScaledHeight, geometry.Height);
        if (keptWidth < geometry.ScaledWidth || keptHeight < geometry.ScaledHeight)
        {
            Add(filters, string.Create(CultureInfo.InvariantCulture, $"crop={keptWidth}:{keptHeight}"));
        }

        if (keptWidth < geometry.Width || keptHeight < geometry.Height)
        {
            Add(filters, string.Create(CultureInfo.InvariantCulture, $"pad={geometry.Width}:{geometry.Height}:(ow-iw)/4*2:(oh-ih)/4*2"));
        }
    }

    private unsafe string ScaleFilter(AVFrame* frame, int width, int height)
    {
        var scale = new StringBuilder();
        scale.Append(CultureInfo.InvariantCulture, $"scale={width}:{height}:flags=bicubic");
        if (!ColourPlan.IsRgb((AVPixelFormat)frame->format))
        {
            string inRange = frame->color_range == AVColorRange.AVCOL_RANGE_JPEG ? "pc" : "tv";
            scale.Append(CultureInfo.InvariantCulture, $":in_range={inRange}");
            if (ColourPlan.ScaleName(frame->colorspace) is { } inMatrix)
            {
                scale.Append(CultureInfo.InvariantCulture, $":in_color_matrix={inMatrix}");
            }
            else if (ColourPlan.ScaleName(Colour.Matrix) is { } assumed)
            {
                scale.Append(CultureInfo.InvariantCulture, $":in_color_matrix={assumed}");
            }
        }

        scale.Append(CultureInfo.InvariantCulture, $":out_range={(Colour.Range == AVColorRange.AVCOL_RANGE_JPEG ? "pc" : "tv")}");
        if (ColourPlan.ScaleName(Colour.Matrix) is { } matrix)
        {
            scale.Append(CultureInfo.InvariantCulture, $":out_color_matrix={matrix}");
        }

        return scale.ToString();
    }

    /// <summary>Whether the source's samples mean something else than the output's.</summary>
    private unsafe bool ChangesColour(AVFrame* frame)
    {
        bool isFull = frame->color_range == AVColorRange.AVCOL_RANGE_JPEG;
        string? matrix = ColourPlan.ScaleName(frame->colorspace);
        return isFull != (Colour.Range == AVColorRange.AVCOL_RANGE_JPEG) || (matrix is not null && matrix != ColourPlan.ScaleName(Colour.Matrix));
    }

    private static void Add(StringBuilder filters, string filter)
    {
        if (filter.Length > 0)
        {
            filters.Append(filters.Length > 0 ? "," : string.Empty).Append(filter);
        }
    }
}
