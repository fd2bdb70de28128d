using System.Globalization;
using System.Text;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// One conversion by swscale: size, sample form, and what the samples mean before and after. Nothing is left to its own defaults, which take
/// an unnamed matrix for BT.601 and an unnamed chroma position for the middle; both are wrong for most video.
/// </summary>
/// <param name="Width">Width after it.</param>
/// <param name="Height">Height after it.</param>
/// <param name="Format">Sample form after it.</param>
/// <param name="From">What the samples mean before it.</param>
/// <param name="To">What they mean after it. Only matrix, range and chroma position are converted.</param>
internal readonly record struct ScaleStep(int Width, int Height, AVPixelFormat Format, ColourPlan From, ColourPlan To)
{
    /// <summary>The scaler that is used wherever a picture is scaled from the source's, also by who compares with us.</summary>
    public const string Flags = "bicubic";

    /// <summary>How it is scaled.</summary>
    public ScaleKernel Kernel { get; init; }

    /// <summary>Whether pictures marked as fields are scaled field by field.</summary>
    public bool KeepsFields { get; init; }

    /// <summary>Whether what is seen through is laid over black.</summary>
    public bool BlendsAlpha { get; init; }

    /// <summary>The same for a scaler without a graph, which neither keeps fields nor blends.</summary>
    public ScaleTarget Target => new(
        Width,
        Height,
        Format,
        new SampleMeaning(From.Matrix, From.Range, ChromaOf(From)),
        new SampleMeaning(ColourPlan.ScaleName(To.Matrix) is null ? From.Matrix : To.Matrix, To.Range, ChromaOf(To)),
        Kernel);

    /// <summary>The same as filters, in libav's graph syntax.</summary>
    public unsafe string Filter
    {
        get
        {
            var filter = new StringBuilder();
            filter.Append(CultureInfo.InvariantCulture, $"scale={Width}:{Height}:flags={(Kernel == ScaleKernel.Lanczos ? "lanczos" : Flags)}");
            filter.Append(Kernel == ScaleKernel.SharpBicubic ? $":param0=0:param1={Scaler.SharpBicubic}" : string.Empty);
            filter.Append(CultureInfo.InvariantCulture, $":in_range={RangeName(From.Range)}:out_range={RangeName(To.Range)}");
            AppendMatrix(filter, "in", From.Matrix, To.Matrix);
            AppendMatrix(filter, "out", To.Matrix, From.Matrix);
            filter.Append(CultureInfo.InvariantCulture, $":in_chroma_loc={ffmpeg.av_chroma_location_name(ChromaOf(From))}:out_chroma_loc={ffmpeg.av_chroma_location_name(ChromaOf(To))}");
            filter.Append(KeepsFields ? ":interl=-1" : string.Empty).Append(BlendsAlpha ? ":alphablend=uniform_color" : string.Empty);
            return filter.Append(CultureInfo.InvariantCulture, $",format={ffmpeg.av_get_pix_fmt_name(Format)}").ToString();
        }
    }

    // Of RGB there is no matrix to name. Of one that swscale does not know the other side's stands in, so that nothing is converted.
    private static void AppendMatrix(StringBuilder filter, string side, AVColorSpace matrix, AVColorSpace other)
    {
        if (matrix != AVColorSpace.AVCOL_SPC_RGB && (ColourPlan.ScaleName(matrix) ?? ColourPlan.ScaleName(other)) is { } name)
        {
            filter.Append(CultureInfo.InvariantCulture, $":{side}_color_matrix={name}");
        }
    }

    private static string RangeName(AVColorRange range) => range == AVColorRange.AVCOL_RANGE_JPEG ? "pc" : "tv";

    // H.264, HEVC and MPEG-2 mean the left when they say nothing.
    private static AVChromaLocation ChromaOf(ColourPlan colour) => colour.Chroma == AVChromaLocation.AVCHROMA_LOC_UNSPECIFIED ? AVChromaLocation.AVCHROMA_LOC_LEFT : colour.Chroma;
}
