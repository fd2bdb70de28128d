using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>
/// The whole shape of a submitted job. It does not change between releases: parts that a release does not do are marked
/// <see cref="Shape.NotYet"/>, so that a body written for a later one is told so instead of being misread.
/// </summary>
internal static class JobShape
{
    /// <summary>Longest side of a picture in pixels: that of AV1 level 6 and H.264 level 6.2, 16384, is halved for memory's sake.</summary>
    internal const int MaxSide = 8192;

    /// <summary>Latest point in an input in seconds: a day.</summary>
    private const double MaxInputSeconds = 24 * 3600;

    /// <summary>Shortest part of an input in seconds: about one picture.</summary>
    private const double MinInputSeconds = 0.04;

    /// <summary>Quietest and loudest integrated loudness in LUFS that a normaliser aims for (EBU R 128 itself names -23).</summary>
    private const double MinLoudness = -70;
    private const double MaxLoudness = -5;

    private static readonly Shape Text = new TextShape();
    private static readonly Shape Flag = new FlagShape();
    private static readonly Shape VideoBits = new BitrateShape(ScenarioLimits.MinVideoBitrate, ScenarioLimits.MaxVideoBitrate);
    private static readonly Shape AudioBits = new BitrateShape(6_000, 1_024_000);

    private static readonly Shape Source = Object(("index", Whole(0, 255)), ("language", Text));

    private static readonly Shape Input = Object(
        ("url", Text),
        ("start", Number(0, MaxInputSeconds)),
        ("duration", Number(MinInputSeconds, MaxInputSeconds)));

    private static readonly Shape RateControl = Object(
        ("mode", Words("crf", "abr", "vbr", "cbr")),
        ("bitrate", VideoBits),
        ("max_bitrate", VideoBits),
        ("buffer_seconds", Number(0.1, 60)),
        ("crf", Number(0, 63)));

    private static readonly Shape Video = Object(
        ("name", Text),
        ("codec", Words("h264", "hevc", "av1")),
        ("encoder", Words("auto", "software", "nvenc", "qsv", "vaapi")),
        ("fallback", Words("software", "none")),
        ("width", Whole(2, MaxSide)),
        ("height", Whole(2, MaxSide)),
        ("fit", Words("contain", "pad", "crop")),
        ("upscale", Flag),
        ("frame_rate", Text),
        ("preset", Text),
        ("tune", Text),
        ("rate_control", RateControl),
        ("passes", Whole(1, 2)),
        ("gop_seconds", Number(0.1, 60)),
        ("bit_depth", Whole(8, 10)),
        ("deinterlace", Words("auto", "off")),
        ("hdr", Words("keep", "to_sdr")));

    private static readonly Shape Audio = Object(
        ("name", Text),
        ("source", Source),
        ("codec", Words("aac", "opus", "copy")),
        ("bitrate", AudioBits),
        ("channels", Whole(1, 8)),
        ("loudness", Number(MinLoudness, MaxLoudness)));

    private static readonly Shape Subtitles = Object(("source", Source), ("mode", Words("copy", "convert")));

    private static readonly Shape Output = Object(
        ("url", Text),
        ("container", Words("mp4", "mkv", "webm", "ts", "cmaf")),
        ("video", List(Text)),
        ("audio", List(Text)),
        ("if_exists", Words("fail", "replace")));

    private static readonly Shape Parameters = Object(
        ("duration", Number(0.04, ScenarioLimits.MaxGeneratedSeconds)),
        ("bitrate", VideoBits));

    /// <summary>A job.</summary>
    public static readonly Shape Job = Object(
        ("scenario", Text),
        ("input", Input),
        ("video", List(Video)),
        ("audio", List(Audio)),
        ("subtitles", List(Subtitles)),
        ("output", Output),
        ("outputs", List(Output)),
        ("parameters", Parameters),
        ("quality", Flag),
        ("queue", Words("live", "default", "batch")),
        ("priority", Words("high", "medium", "low")),
        ("max_retries", Whole(0, JobLimits.MaxRetries)),
        ("timeout_seconds", Whole(0, JobLimits.MaxTimeoutSeconds)),
        ("deadline", Text.NotYet()));

    private static ObjectShape Object(params (string Name, Shape Shape)[] parts) =>
        new(new OrderedDictionary<string, Shape>(parts.Select(part => KeyValuePair.Create(part.Name, part.Shape)), StringComparer.Ordinal));

    private static ListShape List(Shape entry) => new(entry);

    private static WordShape Words(params string[] words) => new(words);

    private static NumberShape Number(double min, double max) => new(min, max, Whole: false);

    private static NumberShape Whole(long min, long max) => new(min, max, Whole: true);
}
