using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>The encoders we know.</summary>
internal static class VideoEncoderTable
{
    // x264 takes anything; 16 is a macroblock. x265 wants its smallest coding tree unit (libx265.c), SVT-AV1 64 lines and columns
    // (svt_av1_verify_settings). NVENC's least depends on the GPU (NV_ENC_CAPS_WIDTH_MIN and HEIGHT_MIN): 145 by 49 for H.264 and less
    // for HEVC on the cards we know, more for AV1; these are at or above all of them.
    private const int MinSoftware = 16;
    private const int MinSvtAv1 = 64;
    private const int MinNvencWidth = 146;
    private const int MinNvencHeight = 64;
    private const int MinNvencAv1Width = 192;
    private const int MinNvencAv1Height = 128;

    /// <summary>Every encoder, in the order they are probed.</summary>
    public static readonly VideoEncoderEntry[] All =
    [
        new("libx264", VideoCodec.H264, EncoderChoice.Software, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_YUV420P10LE, MinSoftware, MinSoftware),
        new("libx265", VideoCodec.Hevc, EncoderChoice.Software, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_YUV420P10LE, MinSoftware, MinSoftware),
        new("libsvtav1", VideoCodec.Av1, EncoderChoice.Software, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_YUV420P10LE, MinSvtAv1, MinSvtAv1),
        new("h264_nvenc", VideoCodec.H264, EncoderChoice.Nvenc, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_NONE, MinNvencWidth, MinNvencHeight),
        new("hevc_nvenc", VideoCodec.Hevc, EncoderChoice.Nvenc, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_P010LE, MinNvencWidth, MinNvencHeight),
        new("av1_nvenc", VideoCodec.Av1, EncoderChoice.Nvenc, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_P010LE, MinNvencAv1Width, MinNvencAv1Height),
    ];

    /// <summary>The encoder that settings ask for.</summary>
    /// <exception cref="MediaException">This build has none of that kind (class capability).</exception>
    public static VideoEncoderEntry Find(VideoCodec codec, EncoderChoice kind)
    {
        // Auto means software until hardware is measured to be better on a node.
        EncoderChoice wanted = kind == EncoderChoice.Auto ? EncoderChoice.Software : kind;
        return Array.Find(All, entry => entry.Codec == codec && entry.Kind == wanted)
            ?? throw new MediaException(
                ErrorClass.Capability,
                $"open encoder {codec.ToString().ToLowerInvariant()}_{wanted.ToString().ToLowerInvariant()}: this build has no {wanted.ToString().ToUpperInvariant()} encoders; choose a scenario without -{wanted.ToString().ToLowerInvariant()}");
    }
}
