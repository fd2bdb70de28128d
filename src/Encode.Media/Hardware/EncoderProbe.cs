using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using FFmpeg.AutoGen;

namespace Encode.Media.Hardware;

/// <summary>Opens a small context of every encoder we know, at each bit depth it claims.</summary>
internal static unsafe class EncoderProbe
{
    /// <summary>Side of the probe's picture: NVENC takes nothing under 145 pixels, the software encoders open faster the smaller it is.</summary>
    private const int HardwareSide = 256;

    private const int SoftwareSide = 64;

    /// <summary>Software encoders that open.</summary>
    public static List<EncoderCapability> Software() => Probe(entry => entry.Kind == EncoderChoice.Software, SoftwareSide);

    /// <summary>Hardware encoders that open; none at once when the driver's libraries are missing.</summary>
    public static List<EncoderCapability> Hardware() =>
        NvencLibraries.Missing is null ? Probe(entry => entry.Kind == EncoderChoice.Nvenc, HardwareSide) : [];

    /// <summary>Whether a hardware encoder opens now, for a small picture of 8 bit.</summary>
    public static bool Opens(VideoEncoderEntry entry) => Opens(entry, entry.Format8, HardwareSide);

    private static List<EncoderCapability> Probe(Func<VideoEncoderEntry, bool> wanted, int side)
    {
        var found = new List<EncoderCapability>();
        foreach (VideoEncoderEntry entry in VideoEncoderTable.All)
        {
            if (!wanted(entry))
            {
                continue;
            }

            List<int> depths = [];
            if (Opens(entry, entry.Format8, side))
            {
                depths.Add(8);
                if (entry.Format10 != AVPixelFormat.AV_PIX_FMT_NONE && Opens(entry, entry.Format10, side))
                {
                    depths.Add(10);
                }

                found.Add(new EncoderCapability(entry.Name, entry.Codec, entry.Kind, depths));
            }
        }

        return found;
    }

    private static bool Opens(VideoEncoderEntry entry, AVPixelFormat format, int side)
    {
        if (ffmpeg.avcodec_find_encoder_by_name(entry.Name) is null)
        {
            return false;
        }

        using Encoder encoder = Encoder.Create(entry.Name);
        AVCodecContext* context = encoder.Context;
        context->width = side;
        context->height = side;
        context->pix_fmt = format;
        context->time_base = new AVRational { num = 1, den = 25 };
        context->framerate = new AVRational { num = 25, den = 1 };
        context->bit_rate = 100_000;
        context->thread_count = 1;
        switch (entry.Name)
        {
            case "libx264":
                encoder.Option("preset", "ultrafast");
                break;
            case "libx265":
                encoder.Option("preset", "ultrafast");
                encoder.Option("x265-params", "pools=none:frame-threads=1:log-level=none");
                break;
            case "libsvtav1":
                encoder.Option("preset", "13");
                encoder.Option("svtav1-params", "lp=1");
                break;
            default:
                break;
        }

        return encoder.Open() >= 0;
    }
}
