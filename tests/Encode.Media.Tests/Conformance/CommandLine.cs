using System.Globalization;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.TestKit;

namespace Encode.Media.Tests.Conformance;

/// <summary>
/// The other side of a comparison: the ffmpeg program that is built from the same libraries, told what our settings tell the engine. Told
/// as little as possible: what the engine finds out about a source by itself, the program has to find out by itself too.
/// </summary>
internal static class CommandLine
{
    /// <summary>Seconds between key frames on both sides, where a case does not ask for others.</summary>
    public const double GopSeconds = 2;

    /// <summary>Lossless at 8 bit, so that the pictures that went in can be compared by what comes out.</summary>
    public const string X264 = "-c:v libx264 -preset ultrafast -crf 0 -x264-params scenecut=0:open-gop=0 -threads 1";

    /// <summary>What the engine is told: the source's size and rate, kept.</summary>
    public static readonly EncodeSettings Settings = new()
    {
        Scenario = "conformance",
        Video =
        [
            new VideoSettings
            {
                Codec = VideoCodec.H264, BoxWidth = 1024, BoxHeight = 1024, Upscale = false, Preset = "ultrafast", RateControl = RateControlMode.Crf, Crf = 0, Bitrate = 0, GopSeconds = GopSeconds,
            },
        ],
        Audio = [new AudioSettings()],
    };

    /// <summary>Transcodes the source of a case into a file.</summary>
    public static void Transcode(ConformanceCase conformance, string source, string output)
    {
        int[] rate = [.. conformance.Rate.Split('/').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        int gop = (int)Math.Round(conformance.GopSeconds * new Rational(rate[0], rate[1]).Value);
        string arguments =
            $"-map 0:v:0 -map 0:a:0? {conformance.Encoder} -pix_fmt {conformance.PixelFormat} -g {gop} -keyint_min {gop} -flags +cgop -fps_mode cfr -c:a aac -b:a 128k {conformance.Reference} -movflags +faststart";
        MediaTools.RunFFmpeg(["-i", source, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), output]);
    }
}
