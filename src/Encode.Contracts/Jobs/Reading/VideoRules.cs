using Encode.Contracts.Jobs.Shapes;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Reading;

/// <summary>What the parts of a rendition mean together, and cannot be.</summary>
internal static class VideoRules
{
    public static void Check(VideoSettings video, string path, ProblemList problems)
    {
        bool isSoftware = EncoderWords.IsSoftware(video.Encoder);
        if (video.BitDepth is not (8 or 10))
        {
            problems.Add($"{path}.bit_depth", $"'{path}.bit_depth' must be 8 or 10, not {video.BitDepth}");
        }
        else if (video is { BitDepth: 10, Codec: VideoCodec.H264 } && !isSoftware)
        {
            problems.Add($"{path}.bit_depth", $"'{path}.bit_depth' 10 for h264 is made in software only; choose encoder software or another codec");
        }

        if (video is { Hdr: HdrHandling.Keep, BitDepth: 8 })
        {
            problems.Add($"{path}.hdr", $"'{path}.hdr' keep takes bit_depth 10; with 8 choose to_sdr");
        }

        if (video.Passes != 2)
        {
            return;
        }

        string? why = video switch
        {
            { RateControl: RateControlMode.Crf } => "spend a bitrate, and mode crf has none",
            { Codec: VideoCodec.Av1 } => "are not made for av1",
            _ when !isSoftware => "are made in software only",
            _ => null,
        };
        if (why is not null)
        {
            problems.Add($"{path}.passes", $"'{path}.passes': two passes {why}; ask for one");
        }
    }
}
