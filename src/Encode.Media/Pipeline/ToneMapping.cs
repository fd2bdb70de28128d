using System.Globalization;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// HDR to SDR, by zimg and libavfilter's <c>tonemap</c>:
///
///     PQ or HLG ──► linear light, 1.0 = reference white ──► primaries ──► tone curve ──► transfer, matrix, range, dithered
///
/// Reference white is 203 cd/m² (ITU-R BT.2408): the skin and the paper of an HDR picture then have the brightness that SDR pictures give them, and a
/// grey card keeps its value. The curve is Möbius': straight up to 0.3, which holds everything up to a grey card's surroundings as it is, then bent so
/// that the brightest point of the source reaches 1 without a clip; reference white comes out at 0.65 to 0.7 of the light (85 % of the
/// signal). Hable's, which many scripts use, bends from zero on and puts reference white at 0.4, so that whole films come out dark. Colours
/// are scaled by their largest part and not desaturated on the way: what is red stays red.
/// </summary>
internal static unsafe class ToneMapping
{
    /// <summary>Luminance of reference white in cd/m².</summary>
    private const double ReferenceWhite = 203;

    /// <summary>Most that PQ can say, and HLG's nominal peak, in cd/m²: what is taken where the source does not say how bright it gets.</summary>
    private const double PeakOfPq = 10_000;
    private const double PeakOfHlg = 1_000;

    /// <summary>A source whose peak is this close above reference white has nothing to bend.</summary>
    private const double LeastPeak = 1.1;

    /// <summary>The filters, from what the picture is to what the output is.</summary>
    /// <param name="frame">The picture: gives the brightness it reaches.</param>
    /// <param name="from">What its colours mean.</param>
    /// <param name="to">What the output's colours mean.</param>
    /// <param name="format">Sample form of the output.</param>
    public static string Filters(AVFrame* frame, ColourPlan from, ColourPlan to, AVPixelFormat format) => string.Create(
        CultureInfo.InvariantCulture,
        $"zscale=tin={(int)from.Transfer}:pin={(int)from.Primaries}:min={(int)from.Matrix}:rin={RangeName(from.Range)}:cin={ChromaName(from.Chroma)}:t=linear:npl={ReferenceWhite}:p={(int)to.Primaries},format=gbrpf32le,tonemap=mobius:desat=0:peak={Peak(frame, from):0.###},zscale=t={(int)to.Transfer}:m={(int)to.Matrix}:r={RangeName(to.Range)}:c={ChromaName(to.Chroma)}:d=ordered,format={ffmpeg.av_get_pix_fmt_name(format)}");

    /// <summary>How bright the source gets, in reference whites.</summary>
    private static double Peak(AVFrame* frame, ColourPlan from)
    {
        double nits = from.Transfer == AVColorTransferCharacteristic.AVCOL_TRC_ARIB_STD_B67 ? PeakOfHlg : PeakOfPq;
        if (MaxContentLight(frame) is > 0 and var content)
        {
            nits = content;
        }
        else if (MaxMasteringLight(frame) is > 0 and var mastering)
        {
            nits = mastering;
        }

        return Math.Max(LeastPeak, Math.Min(nits, PeakOfPq) / ReferenceWhite);
    }

    private static double MaxContentLight(AVFrame* frame)
    {
        AVFrameSideData* data = ffmpeg.av_frame_get_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
        return data is null ? 0 : ((AVContentLightMetadata*)data->data)->MaxCLL;
    }

    private static double MaxMasteringLight(AVFrame* frame)
    {
        AVFrameSideData* data = ffmpeg.av_frame_get_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
        var mastering = data is null ? null : (AVMasteringDisplayMetadata*)data->data;
        return mastering is null || mastering->has_luminance == 0 ? 0 : ffmpeg.av_q2d(mastering->max_luminance);
    }

    // zimg's numbers of matrices, transfers and primaries are those of ITU-T H.273, as libav's are; its ranges and chroma positions have numbers of their own.
    private static string RangeName(AVColorRange range) => range == AVColorRange.AVCOL_RANGE_JPEG ? "full" : "limited";

    private static string ChromaName(AVChromaLocation location) =>
        location == AVChromaLocation.AVCHROMA_LOC_UNSPECIFIED ? "left" : ffmpeg.av_chroma_location_name(location);
}
