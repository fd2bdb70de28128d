using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// How a decoded picture becomes one that the encoder takes: size, form, colour, and the filters between. No filters means that the
/// picture is handed on as it is. The output's part is decided once by the first picture; the filters follow each change of the source.
/// </summary>
/// <param name="Geometry">Where the picture goes in the output.</param>
/// <param name="Colour">What the output's colours mean.</param>
/// <param name="Format">Sample form of the output.</param>
internal sealed record PicturePlan(PictureGeometry Geometry, ColourPlan Colour, AVPixelFormat Format)
{
    /// <summary>A field rate that misses the output's by this part still is the output's: 59.94 and 60.</summary>
    private const double RateLeniency = 0.01;

    /// <summary>The filters between, in libav's graph syntax.</summary>
    public string Filters { get; private init; } = string.Empty;

    /// <summary>The one conversion that the filters consist of; null when they are more, or none.</summary>
    public ScaleStep? OnlyScales { get; private init; }

    /// <summary>How pictures are scaled.</summary>
    public ScaleKernel Kernel { get; private init; }

    /// <summary>Sentences on what the output carries otherwise than the source.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Whether the filters make two pictures of one that has two fields.</summary>
    public bool MakesPictureAField { get; private init; }

    /// <summary>Whether the filters make SDR of HDR.</summary>
    public bool MapsTones { get; private init; }

    /// <summary>What becomes of fields: nothing, a picture a frame, or a picture a field.</summary>
    private Deinterlacer Deinterlacer { get; init; }

    /// <summary>Plans for the first picture.</summary>
    /// <param name="frame">A decoded picture, normalized.</param>
    /// <param name="form">Its form.</param>
    /// <param name="orientation">How it is to be turned.</param>
    /// <param name="lane">The rendition, placed.</param>
    /// <param name="source">The source's usual rate in frames a second; two fields are one frame.</param>
    /// <exception cref="MediaException">HDR is to be kept in 8 bit (class settings).</exception>
    public static unsafe PicturePlan For(AVFrame* frame, PictureForm form, Orientation orientation, RenditionLane lane, Rational source)
    {
        VideoSettings video = lane.Settings;
        ColourPlan colour = ColourPlan.For(frame, video);
        var plan = new PicturePlan(lane.Geometry, colour with { Chroma = lane.Encoder.ChromaFor(colour.Chroma) }, lane.Encoder.FormatFor(video.BitDepth))
        {
            Kernel = lane.Kernel,
            Deinterlacer = video.Deinterlace == Deinterlacing.Off ? Deinterlacer.None
                : lane.Rate.Value >= 2 * source.Value * (1 - RateLeniency) ? Deinterlacer.PictureAField
                : Deinterlacer.PictureAFrame,
        };
        return plan.Filtering(frame, form, orientation, lane.Geometry);
    }

    /// <summary>Plans for a source that changed in mid-stream: the picture is fitted into the output as it was decided.</summary>
    /// <exception cref="MediaException">It became HDR, or another kind of it, and that is not converted (class settings).</exception>
    public unsafe PicturePlan Again(AVFrame* frame, PictureForm form, Orientation orientation, VideoSettings video)
    {
        Colour.ThrowUnlessFits(form.Transfer, video);
        VideoSettings same = video with { BoxWidth = Geometry.Width, BoxHeight = Geometry.Height, Fit = video.Fit == Fit.Crop ? Fit.Crop : Fit.Pad, Upscale = true };
        PictureGeometry geometry = PictureGeometry.PlaceUpright(form, orientation.SwapsSides, same).AtLeast(Geometry.Width, Geometry.Height);
        return Filtering(frame, form, orientation, geometry);
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
        DynamicMetadata.Remove(frame);
        if (!ColourPlan.IsHdr(Colour.Transfer))
        {
            ffmpeg.av_frame_remove_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
            ffmpeg.av_frame_remove_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
        }
    }

    private unsafe PicturePlan Filtering(AVFrame* frame, PictureForm form, Orientation orientation, PictureGeometry geometry)
    {
        var filters = new PictureFilters(frame, this, form.Interlaced ? Deinterlacer : Deinterlacer.None, isOfFields: form.Interlaced);
        filters.Build(orientation, geometry);
        return this with
        {
            Filters = filters.ToString(),
            OnlyScales = filters.OnlyScales,
            MakesPictureAField = form.Interlaced && Deinterlacer == Deinterlacer.PictureAField,
            MapsTones = filters.MapsTones,
            Notes = filters.Notes,
        };
    }
}
