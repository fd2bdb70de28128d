using System.Globalization;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Builds the filters of a plan, in this order:
///
///     deinterlace ► look up the palette, or lay over black ► [turn] ► scale, convert, map tones ► [turn] ► crop ► pad
///
/// Fields come first because every later step mixes lines. Turning moves every sample, so it is done on the smaller of the two pictures. Tones
/// are mapped in 32-bit floating point, a hundred megabytes a 4K picture, so a picture that shrinks is scaled before and one that grows after.
/// </summary>
internal sealed unsafe class PictureFilters
{
    private readonly List<string> _filters = [];
    private readonly List<string> _notes = [];
    private readonly AVFrame* _frame;
    private readonly PicturePlan _plan;
    private readonly Deinterlacer _deinterlacer;
    private readonly bool _keepsFields;
    private AVPixelFormat _format;
    private ColourPlan _colour;
    private ScaleStep? _scale;

    /// <summary>Starts at a decoded picture.</summary>
    /// <param name="frame">The picture, normalized.</param>
    /// <param name="plan">What the output is.</param>
    /// <param name="deinterlacer">What becomes of the picture's fields; none when it has none.</param>
    /// <param name="isOfFields">Whether pictures of fields are among those that come.</param>
    public PictureFilters(AVFrame* frame, PicturePlan plan, Deinterlacer deinterlacer, bool isOfFields)
    {
        _frame = frame;
        _plan = plan;
        _deinterlacer = deinterlacer;
        _keepsFields = isOfFields && deinterlacer == Deinterlacer.None;
        _format = (AVPixelFormat)frame->format;
        _colour = ColourPlan.Of(frame);
        _notes.AddRange(DynamicMetadata.NotesOn(frame));
    }

    /// <summary>Sentences on what is lost on the way.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The one conversion that the filters consist of; null when they are more, or none.</summary>
    public ScaleStep? OnlyScales => _filters.Count == 1 && !_keepsFields ? _scale : null;

    /// <summary>Whether they make SDR of HDR.</summary>
    public bool MapsTones { get; private set; }

    /// <summary>The filters in libav's graph syntax.</summary>
    public override string ToString() => string.Join(',', _filters);

    /// <summary>Adds every step that is needed.</summary>
    /// <param name="orientation">How the picture is to be turned.</param>
    /// <param name="geometry">Where it goes.</param>
    public void Build(Orientation orientation, PictureGeometry geometry)
    {
        if (_deinterlacer != Deinterlacer.None)
        {
            Add($"bwdif=mode={(_deinterlacer == Deinterlacer.PictureAField ? "send_field" : "send_frame")}:parity=auto:deint=interlaced");
        }

        LookUpPalette();
        LayOverBlack();
        AddTurnAndConversion(orientation, geometry);
        AddCropAndPad(geometry);
    }

    /// <summary>swscale makes YCbCr of a palette by the matrix of standard definition, whatever it is told; RGB is what is in it.</summary>
    private void LookUpPalette()
    {
        if ((ffmpeg.av_pix_fmt_desc_get(_format)->flags & (ulong)ffmpeg.AV_PIX_FMT_FLAG_PAL) != 0)
        {
            Convert(_frame->width, _frame->height, AVPixelFormat.AV_PIX_FMT_RGB24, AsRgb(_colour));
        }
    }

    private void LayOverBlack()
    {
        AVPixFmtDescriptor* descriptor = ffmpeg.av_pix_fmt_desc_get(_format);
        const ulong SeeThrough = ffmpeg.AV_PIX_FMT_FLAG_ALPHA;
        if ((descriptor->flags & (SeeThrough | (ulong)ffmpeg.AV_PIX_FMT_FLAG_PAL)) != SeeThrough)
        {
            return;
        }

        // In RGB, since swscale's black is 0 in every part and that of limited range is not.
        bool isDeep = descriptor->comp[0].depth > 8;
        if (!ColourPlan.IsRgb(_format))
        {
            Convert(_frame->width, _frame->height, isDeep ? AVPixelFormat.AV_PIX_FMT_GBRAP16LE : AVPixelFormat.AV_PIX_FMT_GBRAP, AsRgb(_colour));
        }

        Convert(_frame->width, _frame->height, isDeep ? AVPixelFormat.AV_PIX_FMT_GBRP16LE : AVPixelFormat.AV_PIX_FMT_GBRP, AsRgb(_colour), blendsAlpha: true);
        _notes.Add("The transparent parts of the picture were laid over black.");
    }

    private void AddTurnAndConversion(Orientation orientation, PictureGeometry geometry)
    {
        int uprightWidth = orientation.SwapsSides ? _frame->height : _frame->width;
        int uprightHeight = orientation.SwapsSides ? _frame->width : _frame->height;
        bool scales = uprightWidth != geometry.ScaledWidth || uprightHeight != geometry.ScaledHeight;
        bool shrinks = (long)geometry.ScaledWidth * geometry.ScaledHeight < (long)uprightWidth * uprightHeight;
        if (!shrinks)
        {
            Add(orientation.Filter);
        }

        (int width, int height) = shrinks && orientation.SwapsSides
            ? (geometry.ScaledHeight, geometry.ScaledWidth)
            : (geometry.ScaledWidth, geometry.ScaledHeight);
        if (ColourPlan.IsHdr(_colour.Transfer) && !ColourPlan.IsHdr(_plan.Colour.Transfer))
        {
            AddToneMapping(width, height, scales, shrinks);
        }
        else if (scales || _format != _plan.Format || _colour.IsConvertedTo(_plan.Colour))
        {
            Convert(width, height, _plan.Format, _plan.Colour);
        }

        if (shrinks)
        {
            Add(orientation.Filter);
        }
    }

    private void AddToneMapping(int width, int height, bool scales, bool shrinks)
    {
        MapsTones = true;
        // zimg takes no odd sides of subsampled pictures; the output's are even.
        bool isOdd = (_frame->width | _frame->height) % 2 != 0;
        bool scalesBefore = scales && (shrinks || isOdd);
        if (scalesBefore)
        {
            Convert(width, height, _format, _colour);
        }

        Add(ToneMapping.Filters(_frame, _colour, _plan.Colour, _plan.Format));
        _notes.Add($"The HDR picture ({ColourPlan.HdrName(_colour.Transfer)}) was tone-mapped to SDR.");
        (_format, _colour) = (_plan.Format, _plan.Colour);
        if (scales && !scalesBefore)
        {
            Convert(width, height, _plan.Format, _plan.Colour);
        }
    }

    private void AddCropAndPad(PictureGeometry geometry)
    {
        int keptWidth = Math.Min(geometry.ScaledWidth, geometry.Width);
        int keptHeight = Math.Min(geometry.ScaledHeight, geometry.Height);
        if (keptWidth < geometry.ScaledWidth || keptHeight < geometry.ScaledHeight)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"crop={keptWidth}:{keptHeight}"));
        }

        if (keptWidth < geometry.Width || keptHeight < geometry.Height)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"pad={geometry.Width}:{geometry.Height}:(ow-iw)/4*2:(oh-ih)/4*2"));
        }
    }

    private void Convert(int width, int height, AVPixelFormat format, ColourPlan colour, bool blendsAlpha = false)
    {
        var step = new ScaleStep(width, height, format, _colour, colour) { Kernel = _plan.Kernel, KeepsFields = _keepsFields, BlendsAlpha = blendsAlpha };
        Add(step.Filter);
        (_scale, _format, _colour) = (step, format, colour);
    }

    private static ColourPlan AsRgb(ColourPlan colour) => colour with { Matrix = AVColorSpace.AVCOL_SPC_RGB, Range = AVColorRange.AVCOL_RANGE_JPEG };

    private void Add(string filter)
    {
        if (filter.Length > 0)
        {
            _filters.Add(filter);
        }
    }
}
