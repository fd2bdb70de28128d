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
/// <param name="MinWidth">Narrowest picture it takes, in pixels; narrower ones get black sides.</param>
/// <param name="MinHeight">Lowest picture it takes, in pixels.</param>
internal sealed record VideoEncoderEntry(
    string Name, VideoCodec Codec, EncoderChoice Kind, AVPixelFormat Format8, AVPixelFormat Format10, int MinWidth, int MinHeight)
{
    /// <summary>Pixel format for a bit depth.</summary>
    /// <exception cref="MediaException">It has no such depth (class settings).</exception>
    public AVPixelFormat FormatFor(int bitDepth) => bitDepth switch
    {
        8 => Format8,
        10 when Format10 != AVPixelFormat.AV_PIX_FMT_NONE => Format10,
        _ => throw new MediaException(ErrorClass.Settings, $"open encoder {Name}: it does not make {bitDepth} bit; ask for 8 bit or another encoder"),
    };

    /// <summary>Constant quality on its own scale; where the settings name none, the default of <see cref="EncoderWords"/>.</summary>
    public double CrfFor(VideoSettings video) => video.Crf ?? EncoderWords.DefaultCrf(Codec, Kind);

    /// <summary>Chroma position for an output: AV1 knows two, the other formats all.</summary>
    public AVChromaLocation ChromaFor(AVChromaLocation wanted) => Codec == VideoCodec.Av1 && wanted is not (AVChromaLocation.AVCHROMA_LOC_UNSPECIFIED or AVChromaLocation.AVCHROMA_LOC_TOPLEFT)
        ? AVChromaLocation.AVCHROMA_LOC_LEFT
        : wanted;

    /// <summary>Shortest GOP in frames. SVT-AV1 makes one of a single picture only at constant quality.</summary>
    public int MinGopFrames(RateControlMode mode) => Codec == VideoCodec.Av1 && mode != RateControlMode.Crf ? 2 : 1;

    /// <summary>Checks before anything is opened that it can do what the settings ask for.</summary>
    /// <exception cref="MediaException">It cannot (class settings).</exception>
    public void ThrowUnlessItCan(VideoSettings video)
    {
        FormatFor(video.BitDepth);
        double maxCrf = EncoderWords.MaxCrf(Codec, Kind);
        if (video.RateControl == RateControlMode.Crf && CrfFor(video) > maxCrf)
        {
            throw new MediaException(ErrorClass.Settings, $"open encoder {Name}: its quality scale ends at {maxCrf} and crf is {video.Crf}; ask for less");
        }

        if (video.Passes > 1 && (Kind != EncoderChoice.Software || Codec == VideoCodec.Av1))
        {
            throw new MediaException(ErrorClass.Settings, $"open encoder {Name}: it makes one pass only; ask for passes 1, or for h264 or hevc in software");
        }

        if (video.Passes > 1 && video.RateControl is RateControlMode.Crf or RateControlMode.Cbr)
        {
            throw new MediaException(
                ErrorClass.Settings,
                $"open encoder {Name}: a second pass spreads an average bitrate better, and {video.RateControl.ToString().ToLowerInvariant()} has none to spread; ask for passes 1, or for abr or vbr");
        }
    }
}
