using Encode.Contracts.Jobs;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// What the colours of the output mean. The rule: primaries, transfer, matrix and range of the source are carried, because every encoder
/// here can signal them and a conversion would only lose. What the source leaves unsaid is assumed from its size as players do it
/// (BT.709 from 720 lines or 1280 columns up, else BT.601 of 525 or 625 lines) and then said. RGB becomes BT.709, limited range.
/// PQ and HLG need 10 bit.
/// </summary>
internal readonly record struct ColourPlan(
    AVColorPrimaries Primaries, AVColorTransferCharacteristic Transfer, AVColorSpace Matrix, AVColorRange Range, AVChromaLocation Chroma)
{
    private const int HighDefinitionLines = 720;
    private const int HighDefinitionColumns = 1280;

    /// <summary>Lines of the 625-line systems; 525-line ones have 480.</summary>
    private const int Lines625 = 576;

    /// <summary>Decides from the first decoded picture.</summary>
    /// <exception cref="MediaException">HDR into 8 bit (class settings).</exception>
    public static unsafe ColourPlan For(AVFrame* frame, int bitDepth)
    {
        AVColorTransferCharacteristic transfer = frame->color_trc;
        ThrowIfHdr(transfer, bitDepth);
        bool isRgb = IsRgb((AVPixelFormat)frame->format);
        bool high = frame->height >= HighDefinitionLines || frame->width >= HighDefinitionColumns;
        bool lines625 = !high && frame->height == Lines625;
        AVColorSpace assumed = high ? AVColorSpace.AVCOL_SPC_BT709 : lines625 ? AVColorSpace.AVCOL_SPC_BT470BG : AVColorSpace.AVCOL_SPC_SMPTE170M;
        AVColorSpace matrix = frame->colorspace is AVColorSpace.AVCOL_SPC_UNSPECIFIED or AVColorSpace.AVCOL_SPC_RGB or AVColorSpace.AVCOL_SPC_RESERVED
            ? isRgb ? AVColorSpace.AVCOL_SPC_BT709 : MatrixOf(frame->color_primaries, assumed)
            : frame->colorspace;
        return new(
            IsSaid(frame->color_primaries) ? frame->color_primaries : PrimariesOf(matrix),
            IsSaid(transfer) ? transfer : TransferOf(matrix),
            matrix,
            !isRgb && frame->color_range == AVColorRange.AVCOL_RANGE_JPEG ? AVColorRange.AVCOL_RANGE_JPEG : AVColorRange.AVCOL_RANGE_MPEG,
            frame->chroma_location);
    }

    /// <summary>
    /// Checks that a picture of a transfer can go on into this output. Between SDR curves it can, since they differ less than a viewer
    /// sees; into or out of HDR it cannot without a conversion.
    /// </summary>
    /// <exception cref="MediaException">It cannot (class settings).</exception>
    public void ThrowUnlessFits(AVColorTransferCharacteristic transfer, int bitDepth)
    {
        ThrowIfHdr(transfer, bitDepth);
        if (HdrName(transfer) != HdrName(Transfer))
        {
            throw new MediaException(
                ErrorClass.Settings,
                $"encode the picture: the source changes from {HdrName(Transfer) ?? "SDR"} to {HdrName(transfer) ?? "SDR"} on its way, which one output cannot carry; cut it there and encode the parts");
        }
    }

    /// <summary>Whether a pixel format is RGB of some kind.</summary>
    public static unsafe bool IsRgb(AVPixelFormat format)
    {
        AVPixFmtDescriptor* descriptor = ffmpeg.av_pix_fmt_desc_get(format);
        return descriptor is not null && (descriptor->flags & (ulong)ffmpeg.AV_PIX_FMT_FLAG_RGB) != 0;
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

    private static void ThrowIfHdr(AVColorTransferCharacteristic transfer, int bitDepth)
    {
        if (bitDepth == 8 && HdrName(transfer) is { } name)
        {
            throw new MediaException(
                ErrorClass.Settings,
                $"encode the picture: the source is HDR ({name}) and the scenario makes 8 bit SDR; neither 10 bit nor a conversion to SDR is supported yet, so make an SDR copy of it first");
        }
    }

    private static string? HdrName(AVColorTransferCharacteristic transfer) => transfer switch
    {
        AVColorTransferCharacteristic.AVCOL_TRC_SMPTE2084 => "PQ",
        AVColorTransferCharacteristic.AVCOL_TRC_ARIB_STD_B67 => "HLG",
        _ => null,
    };

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
