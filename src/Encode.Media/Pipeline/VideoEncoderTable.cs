using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Which libav encoder makes a format on which kind of device, and the pixel formats it takes from memory.</summary>
/// <param name="Name">libavcodec's name.</param>
/// <param name="Codec">What it makes.</param>
/// <param name="Kind">On what it runs.</param>
/// <param name="Format8">Pixel format of 8 bit.</param>
/// <param name="Format10">Pixel format of 10 bit; none where it has no 10 bit.</param>
internal sealed record VideoEncoderEntry(string Name, VideoCodec Codec, EncoderChoice Kind, AVPixelFormat Format8, AVPixelFormat Format10)
{
    /// <summary>Pixel format for a bit depth.</summary>
    /// <exception cref="MediaException">It has no such depth (class settings).</exception>
    public AVPixelFormat FormatFor(int bitDepth) => bitDepth switch
    {
        8 => Format8,
        10 when Format10 != AVPixelFormat.AV_PIX_FMT_NONE => Format10,
        _ => throw new MediaException(ErrorClass.Settings, $"open encoder {Name}: it does not make {bitDepth} bit; ask for 8 bit or another encoder"),
    };
}

/// <summary>The encoders we know.</summary>
internal static class VideoEncoderTable
{
    /// <summary>Every encoder, in the order they are probed.</summary>
    public static readonly VideoEncoderEntry[] All =
    [
        new("libx264", VideoCodec.H264, EncoderChoice.Software, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_YUV420P10LE),
        new("libx265", VideoCodec.Hevc, EncoderChoice.Software, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_YUV420P10LE),
        new("libsvtav1", VideoCodec.Av1, EncoderChoice.Software, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_YUV420P10LE),
        new("h264_nvenc", VideoCodec.H264, EncoderChoice.Nvenc, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_NONE),
        new("hevc_nvenc", VideoCodec.Hevc, EncoderChoice.Nvenc, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_P010LE),
        new("av1_nvenc", VideoCodec.Av1, EncoderChoice.Nvenc, AVPixelFormat.AV_PIX_FMT_YUV420P, AVPixelFormat.AV_PIX_FMT_P010LE),
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
