using Encode.Contracts.Scenarios;
using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>What the output can be asked to be: codecs, rate controls, GOPs, sizes. The source is the same for all.</summary>
internal static class SettingCases
{
    private const string X264 = "-c:v libx264 -preset veryfast -x264-params scenecut=0:open-gop=0 -threads 1";
    private const string X265 = "-c:v libx265 -preset ultrafast -crf 28 -threads 1 -x265-params scenecut=0:open-gop=0:log-level=error:pools=1:frame-threads=1 -tag:v hvc1";
    private const string SvtAv1 = "-c:v libsvtav1 -preset 12 -crf 35 -threads 1 -svtav1-params scd=0:lp=1";

    private const long Bitrate = 300_000;

    public static readonly ConformanceCase[] All =
    [
        Setting("crf", $"{X264} -crf 23", video => video with { Preset = "veryfast", Crf = 23 }),
        Setting("abr", $"{X264} -b:v {Bitrate}", video => video with { Preset = "veryfast", RateControl = RateControlMode.Abr, Bitrate = Bitrate }),
        Setting("vbr", $"{X264} -b:v {Bitrate} -maxrate {Bitrate * 3 / 2} -bufsize {Bitrate * 3}", video => video with { Preset = "veryfast", RateControl = RateControlMode.Vbr, Bitrate = Bitrate }),
        Setting("cbr", $"{X264} -b:v {Bitrate} -maxrate {Bitrate} -bufsize {Bitrate * 2}", video => video with { Preset = "veryfast", RateControl = RateControlMode.Cbr, Bitrate = Bitrate }),
        Setting("hevc", X265, video => video with { Codec = VideoCodec.Hevc, Crf = 28 }),
        Setting("av1", SvtAv1, video => video with { Codec = VideoCodec.Av1, Preset = "12", Crf = 35 }),
        Setting("hevc-10", X265, video => video with { Codec = VideoCodec.Hevc, Crf = 28, BitDepth = 10 }) with { PixelFormat = "yuv420p10le" },
        Setting("av1-10", SvtAv1, video => video with { Codec = VideoCodec.Av1, Preset = "12", Crf = 35, BitDepth = 10 }) with { PixelFormat = "yuv420p10le" },
        Setting("gops", CommandLine.X264, video => video with { GopSeconds = 0.4 }) with { GopSeconds = 0.4 },
        Setting("gops-hevc", X265, video => video with { Codec = VideoCodec.Hevc, Crf = 28, GopSeconds = 0.4 }) with { GopSeconds = 0.4 },
        Setting("gops-av1", SvtAv1, video => video with { Codec = VideoCodec.Av1, Preset = "12", Crf = 35, GopSeconds = 0.4 }) with { GopSeconds = 0.4 },
        Setting("smaller", CommandLine.X264, video => video with { BoxWidth = 64, BoxHeight = 64 }) with { Reference = "-vf scale=64:36:flags=bicubic" },
        Setting("larger", CommandLine.X264, video => video with { BoxWidth = 192, BoxHeight = 192, Upscale = true }) with { Reference = "-vf scale=192:108:flags=bicubic" },
        Setting("padded", CommandLine.X264, video => video with { BoxWidth = 128, BoxHeight = 128, Fit = Fit.Pad }) with { Reference = "-vf scale=128:72,pad=128:128:0:28" },
        Setting("cropped", CommandLine.X264, video => video with { BoxWidth = 72, BoxHeight = 72, Fit = Fit.Crop }) with { Reference = "-vf crop=72:72" },
    ];

    private static ConformanceCase Setting(string name, string encoder, Func<VideoSettings, VideoSettings> change) =>
        Case($"to-{name}.mov", $"{Film} {H264} -c:a pcm_s16le") with { Encoder = encoder, Change = change };
}
