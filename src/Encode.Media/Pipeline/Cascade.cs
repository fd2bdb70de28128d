using Encode.Contracts.Scenarios;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Which rendition is made of which pictures:
///
///     source 2160 ─┬─► 2160              a reference
///                  └─► 1080 ─┬─► 720     less than half the lines away: Lanczos
///          bicubic ──┘       ├─► 480     half and less: bicubic, a little sharper
///                            └─► 360
///
/// What scaling costs goes with the picture it starts from, so a ladder's small renditions cost next to nothing when they are made of a
/// larger one's pictures. What it costs in quality is measured by CascadeTests: the rendition brought back to the source's size, and its PSNR
/// against the source. Two usual bicubic filters in a row blur, by up to 0.25 dB for steps under 2; with these kernels for the second it
/// loses at most 0.02 dB against scaling from the source over pictures of every kind, and mostly gains, and at constant quality a rendition has 1 to 3 % more
/// bytes, for the detail that it keeps. A third filter in a row would keep that measure too, but sharpen twice and make that 10 %. The rule is fixed and
/// nothing is measured at run time: a measurement on the first pictures would judge a film by its black leader, and two runs of one job could differ.
/// (Of pictures so smooth that either way is nearer to the source than half a step of 8 bit, 54 dB, the rounding of each step is all that is measured.)
///
/// The source itself is always the better choice for what is not in that measurement: where the sizes are nearer than a step, where the
/// larger picture has been padded, cropped, scaled up or tone-mapped, where fields are left as they are (now or later on, so any job that asks for that
/// pays for it), and where the two differ in anything but their size. One that has the
/// source's size and became whole pictures of fields is as good as the source: fields are made into pictures once.
/// </summary>
internal static unsafe class Cascade
{
    /// <summary>Least ratio of sides between a rendition and the one it is made of: 4/3, and what rounding to even sides takes from it.</summary>
    public const double LeastStep = 1.32;

    /// <summary>Ratio from which a step is long enough that bicubic filters do not blur twice.</summary>
    private const double LongStep = 1.98;

    /// <summary>Decides for a run; called once, before the first picture goes to any rendition.</summary>
    /// <param name="run">The run; its roots and the renditions' parents are set.</param>
    /// <param name="frame">The first decoded picture.</param>
    /// <param name="container">How the container says that it is to be turned.</param>
    /// <param name="containerAspect">What the container says of the pixels' aspect.</param>
    public static void Arrange(TranscodeRun run, MediaFrame frame, Orientation container, AVRational containerAspect)
    {
        if (run.Renditions.Count == 1 || run.Request.ScalesFromSource)
        {
            return;
        }

        AVFrame* first = frame.Native;
        PictureForm.Normalize(first, containerAspect);
        PictureForm form = PictureForm.Of(first);
        bool swaps = (container == Orientation.Upright ? Orientation.Of(first) : container).SwapsSides;
        foreach (RenditionLane lane in run.Renditions)
        {
            Place(lane, form, swaps);
        }

        (int Width, int Height) source = swaps ? (first->height, first->width) : (first->width, first->height);
        foreach (RenditionLane lane in run.Renditions.OrderByDescending(AreaOf))
        {
            if (run.Renditions.Where(larger => Feeds(larger, lane, source, form)).MinBy(AreaOf) is { } parent)
            {
                lane.Parent = parent;
                lane.Kernel = IsOf(parent, source) ? ScaleKernel.Bicubic : IsStep(parent, lane, LongStep) ? ScaleKernel.SharpBicubic : ScaleKernel.Lanczos;
                parent.Children.Add(lane);
                run.Roots.Remove(lane);
            }
        }
    }

    /// <summary>Places the source's picture in a rendition and in those that are made of it, so that none takes over another's rounding.</summary>
    public static void Place(RenditionLane lane, PictureForm form, bool swapsSides)
    {
        lane.Geometry = PictureGeometry.Place(form, swapsSides, lane.Settings).AtLeast(lane.Encoder.MinWidth, lane.Encoder.MinHeight);
        foreach (RenditionLane child in lane.Children)
        {
            Place(child, form, swapsSides);
        }
    }

    private static long AreaOf(RenditionLane lane) => (long)lane.Geometry.ScaledWidth * lane.Geometry.ScaledHeight;

    private static bool Feeds(RenditionLane larger, RenditionLane lane, (int Width, int Height) source, PictureForm form)
    {
        PictureGeometry from = larger.Geometry;
        bool isWhole = from.Width == from.ScaledWidth && from.Height == from.ScaledHeight;
        bool isScaledUp = from.ScaledWidth > source.Width || from.ScaledHeight > source.Height;
        bool isWorthIt = !IsOf(larger, source) || form.Interlaced;
        // Pictures that stay combed can be scaled only while they say that they are of fields, and what goes to an encoder does not say so.
        bool isWholePictures = lane.Settings.Deinterlace != Deinterlacing.Off;
        return isWhole && isWholePictures && !isScaledUp && isWorthIt && IsStep(larger, lane, LeastStep) && IsOfSource(larger, source)
            && DifferInSizeOnly(larger, lane) && !(ColourPlan.IsHdr(form.Transfer) && ColourPlan.MapsTones(lane.Settings));
    }

    /// <summary>Whether a rendition has the source's size.</summary>
    private static bool IsOf(RenditionLane lane, (int Width, int Height) source) => lane.Geometry.ScaledWidth == source.Width && lane.Geometry.ScaledHeight == source.Height;

    /// <summary>Whether a rendition's pictures were scaled once, from the source's size.</summary>
    private static bool IsOfSource(RenditionLane lane, (int Width, int Height) source) => lane.Parent is not { } parent || IsOf(parent, source);

    private static bool IsStep(RenditionLane from, RenditionLane to, double ratio) =>
        from.Geometry.ScaledWidth >= ratio * to.Geometry.ScaledWidth && from.Geometry.ScaledHeight >= ratio * to.Geometry.ScaledHeight;

    /// <summary>Whether two renditions' pictures have the same times and the same colours.</summary>
    private static bool DifferInSizeOnly(RenditionLane one, RenditionLane other)
    {
        VideoSettings a = one.Settings;
        VideoSettings b = other.Settings;
        return one.Rate == other.Rate && a.KeepsTimes == b.KeepsTimes && a.Deinterlace == b.Deinterlace && a.BitDepth == b.BitDepth && a.Hdr == b.Hdr
            && (one.Encoder.Codec == VideoCodec.Av1) == (other.Encoder.Codec == VideoCodec.Av1);
    }
}
