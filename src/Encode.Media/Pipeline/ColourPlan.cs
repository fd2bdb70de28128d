using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// What the colours of the output mean. The rule: primaries, transfer, matrix and range of the source are carried, because every encoder
/// here can signal them and a conversion would only lose. What the source leaves unsaid is assumed from its size as players do it
/// (BT.709 from 720 lines or 1280 columns up, else BT.601 of 525 or 625 lines; BT.2020 for PQ and HLG) and then said. RGB becomes YCbCr of
/// its primaries, limited range. PQ and HLG are carried in 10 bit, and tone-mapped to BT.709 in 8 bit or when that is asked for.
/// </summary>
internal readonly record struct ColourPlan(
    AVColorPrimaries Primaries, AVColorTransferCharacteristic Transfer, AVColorSpace Matrix, AVColorRange Range, AVChromaLocation Chroma)
{
    /// <summary>What tones are mapped to.</summary>
    private static readonly ColourPlan Sdr = new(
        AVColorPrimaries.AVCOL_PRI_BT709,
        AVColorTransferCharacteristic.AVCOL_TRC_BT709,
        AVColorSpace.AVCOL_SPC_BT709,
        AVColorRange.AVCOL_RANGE_MPEG,
        AVChromaLocation.AVCHROMA_LOC_LEFT);

    private const int HighDefinitionLines = 720;
    private const int HighDefinitionColumns = 1280;

    /// <summary>Lines of the 625-line systems; 525-line ones have 480.</summary>
    private const int Lines625 = 576;

    /// <summary>Decides from the first decoded picture.</summary>
    /// <param name="frame">The picture, normalized.</param>
    /// <param name="video">What the output is to be.</param>
    /// <exception cref="MediaException">HDR is to be kept in 8 bit (class settings).</exception>
    public static unsafe ColourPlan For(AVFrame* frame, VideoSettings video)
    {
        if (IsHdr(frame->color_trc) && MapsTones(video))
        {
            return Sdr;
        }

        ThrowIfHdr(frame->color_trc, video);
        ColourPlan source = Of(frame);
        return IsRgb((AVPixelFormat)frame->format) ? source with { Range = AVColorRange.AVCOL_RANGE_MPEG, Matrix = MatrixOf(source.Primaries, AVColorSpace.AVCOL_SPC_BT709) } : source;
    }

    /// <summary>What the colours of a decoded picture mean, with everything said.</summary>
    public static unsafe ColourPlan Of(AVFrame* frame)
    {
        AVColorTransferCharacteristic transfer = frame->color_trc;
        bool isRgb = IsRgb((AVPixelFormat)frame->format);
        AVColorSpace matrix = isRgb
            ? AVColorSpace.AVCOL_SPC_RGB
            : frame->colorspace is AVColorSpace.AVCOL_SPC_UNSPECIFIED or AVColorSpace.AVCOL_SPC_RGB or AVColorSpace.AVCOL_SPC_RESERVED
                ? MatrixOf(frame->color_primaries, AssumedMatrix(frame))
                : frame->colorspace;
        AVColorSpace assumed = isRgb ? IsHdr(transfer) ? AVColorSpace.AVCOL_SPC_BT2020_NCL : AVColorSpace.AVCOL_SPC_BT709 : matrix;
        return new(
            IsSaid(frame->color_primaries) ? frame->color_primaries : PrimariesOf(assumed),
            IsSaid(transfer) ? transfer : TransferOf(assumed),
            matrix,
            isRgb || frame->color_range == AVColorRange.AVCOL_RANGE_JPEG ? AVColorRange.AVCOL_RANGE_JPEG : AVColorRange.AVCOL_RANGE_MPEG,
            frame->chroma_location);
    }

    /// <summary>
    /// Checks that a picture of a transfer can go on into this output. Between SDR curves it can, since they differ less than a viewer
    /// sees, and from HDR to SDR where tones are mapped; else it cannot.
    /// </summary>
    /// <exception cref="MediaException">It cannot (class settings).</exception>
    public void ThrowUnlessFits(AVColorTransferCharacteristic transfer, VideoSettings video)
    {
        if (HdrName(Transfer) is null && MapsTones(video))
        {
            return;
        }

        ThrowIfHdr(transfer, video);
        if (HdrName(transfer) != HdrName(Transfer))
        {
            throw new MediaException(
                ErrorClass.Settings,
                $"encode the picture: the source changes from {HdrName(Transfer) ?? "SDR"} to {HdrName(transfer) ?? "SDR"} on its way, which one output cannot carry; cut it there and encode the parts, or ask for hdr to_sdr");
        }
    }

    /// <summary>Whether samples that mean this have to be changed to mean something else. Between primaries and transfers of SDR nothing is converted.</summary>
    public bool IsConvertedTo(ColourPlan other) =>
        Range != other.Range
        || (ScaleName(Matrix) is { } matrix && matrix != ScaleName(other.Matrix))
        || (Chroma != AVChromaLocation.AVCHROMA_LOC_UNSPECIFIED && Chroma != other.Chroma);

    /// <summary>Whether a transfer is PQ or HLG.</summary>
    public static bool IsHdr(AVColorTransferCharacteristic transfer) => HdrName(transfer) is not null;

    /// <summary>What people call an HDR transfer; null for SDR.</summary>
    public static string? HdrName(AVColorTransferCharacteristic transfer) => transfer switch
    {
        AVColorTransferCharacteristic.AVCOL_TRC_SMPTE2084 => "PQ",
        AVColorTransferCharacteristic.AVCOL_TRC_ARIB_STD_B67 => "HLG",
        _ => null,
    };

    /// <summary>Whether a pixel format is RGB of some kind, or looks RGB up in a palette.</summary>
    public static unsafe bool IsRgb(AVPixelFormat format)
    {
        AVPixFmtDescriptor* descriptor = ffmpeg.av_pix_fmt_desc_get(format);
        return descriptor is not null && (descriptor->flags & (ulong)(ffmpeg.AV_PIX_FMT_FLAG_RGB | ffmpeg.AV_PIX_FMT_FLAG_PAL)) != 0;
    }

    /// <summary>swscale's name of a matrix, for conversions that must name it.</summary>
    public static string? ScaleName(AVColorSpace matrix) => matrix switch
    {
        AVColorSpace.AVCOL_SPC_BT709 => "bt709",
        AVColorSpace.AVCOL_SPC_BT470BG or AVColorSpace.AVCOL_SPC_SMPTE170M => "bt601",
        AVColorSpace.AVCOL_SPC_FCC => "fcc",
        AVColorSpace.AVCOL_SPC_SMPTE240M => "smpte240m",
        AVColorSpace.AVCOL_SPC_BT2020_NCL or AVColorSpace.AVCOL_SPC_BT2020_CL => "bt2020",
        _ => null,
    };

    /// <summary>Whether HDR becomes SDR.</summary>
    public static bool MapsTones(VideoSettings video) => video.Hdr == HdrHandling.ToSdr || (video.Hdr == HdrHandling.Auto && video.BitDepth == 8);

    private static void ThrowIfHdr(AVColorTransferCharacteristic transfer, VideoSettings video)
    {
        if (video.BitDepth == 8 && video.Hdr == HdrHandling.Keep && HdrName(transfer) is { } name)
        {
            throw new MediaException(
                ErrorClass.Settings,
                $"encode the picture: the source is HDR ({name}), which 8 bit cannot carry; ask for bit_depth 10, or for hdr to_sdr");
        }
    }

    private static unsafe AVColorSpace AssumedMatrix(AVFrame* frame)
    {
        if (IsHdr(frame->color_trc))
        {
            return AVColorSpace.AVCOL_SPC_BT2020_NCL;
        }

        bool high = frame->height >= HighDefinitionLines || frame->width >= HighDefinitionColumns;
        return high ? AVColorSpace.AVCOL_SPC_BT709
            : frame->height == Lines625 ? AVColorSpace.AVCOL_SPC_BT470BG
            : AVColorSpace.AVCOL_SPC_SMPTE170M;
    }

    private static bool IsSaid(AVColorPrimaries primaries) =>
        primaries is not (AVColorPrimaries.AVCOL_PRI_UNSPECIFIED or AVColorPrimaries.AVCOL_PRI_RESERVED or AVColorPrimaries.AVCOL_PRI_RESERVED0);

    private static bool IsSaid(AVColorTransferCharacteristic transfer) =>
        transfer is not (AVColorTransferCharacteristic.AVCOL_TRC_UNSPECIFIED or AVColorTransferCharacteristic.AVCOL_TRC_RESERVED or AVColorTransferCharacteristic.AVCOL_TRC_RESERVED0);

    private static AVColorSpace MatrixOf(AVColorPrimaries primaries, AVColorSpace assumed) => primaries switch
    {
        AVColorPrimaries.AVCOL_PRI_BT709 => AVColorSpace.AVCOL_SPC_BT709,
        AVColorPrimaries.AVCOL_PRI_BT470BG => AVColorSpace.AVCOL_SPC_BT470BG,
        AVColorPrimaries.AVCOL_PRI_SMPTE170M => AVColorSpace.AVCOL_SPC_SMPTE170M,
        AVColorPrimaries.AVCOL_PRI_BT2020 => AVColorSpace.AVCOL_SPC_BT2020_NCL,
        _ => assumed,
    };

    private static AVColorPrimaries PrimariesOf(AVColorSpace matrix) => matrix switch
    {
        AVColorSpace.AVCOL_SPC_BT470BG => AVColorPrimaries.AVCOL_PRI_BT470BG,
        AVColorSpace.AVCOL_SPC_SMPTE170M => AVColorPrimaries.AVCOL_PRI_SMPTE170M,
        AVColorSpace.AVCOL_SPC_BT2020_NCL or AVColorSpace.AVCOL_SPC_BT2020_CL => AVColorPrimaries.AVCOL_PRI_BT2020,
        AVColorSpace.AVCOL_SPC_SMPTE240M => AVColorPrimaries.AVCOL_PRI_SMPTE240M,
        _ => AVColorPrimaries.AVCOL_PRI_BT709,
    };

    // The 601 and 709 transfers are the same curve under different numbers.
    private static AVColorTransferCharacteristic TransferOf(AVColorSpace matrix) => matrix switch
    {
        AVColorSpace.AVCOL_SPC_BT470BG or AVColorSpace.AVCOL_SPC_SMPTE170M => AVColorTransferCharacteristic.AVCOL_TRC_SMPTE170M,
        AVColorSpace.AVCOL_SPC_SMPTE240M => AVColorTransferCharacteristic.AVCOL_TRC_SMPTE240M,
        AVColorSpace.AVCOL_SPC_BT2020_NCL or AVColorSpace.AVCOL_SPC_BT2020_CL => AVColorTransferCharacteristic.AVCOL_TRC_BT2020_10,
        _ => AVColorTransferCharacteristic.AVCOL_TRC_BT709,
    };
}
