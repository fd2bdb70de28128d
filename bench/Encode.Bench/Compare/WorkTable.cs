using Encode.Contracts.Scenarios;

namespace Encode.Bench.Compare;

/// <summary>
/// The one table of what is compared. Sources are in the cache; 180 frames are long enough that neither side's start counts. The ladder's preset is
/// the fastest: there decoding is a part of the work that can be seen, which is what a ladder saves.
/// </summary>
internal static class WorkTable
{
    private const int Slots = 2;
    private const double H264Quality = 23;
    private const double HevcQuality = 28;
    private const double Av1Quality = 35;

    /// <summary>At least even, by the median and nearly so by the lower end.</summary>
    private const double Even = 1.00;
    private const double NearlyEven = 0.98;

    private static readonly (string Name, int Width, int Height)[] Rungs = [("v2160", 3840, 2160), ("v1080", 1920, 1080), ("v720", 1280, 720), ("v480", 854, 480)];

    /// <summary>Every work, made anew: exercises hold what runs.</summary>
    public static IReadOnlyList<Work> All()
    {
        TranscodeExercise long4k = new("h264-4k60", One(VideoCodec.H264, 3840, 2160, "veryfast", H264Quality), Clip4K(180), Clip4K(20));
        TranscodeExercise hevc = new("hevc-1080p", One(VideoCodec.Hevc, 1920, 1080, "fast", HevcQuality), Clip1080(120), Clip1080(15));
        TranscodeExercise av1 = new("av1-1080p", One(VideoCodec.Av1, 1920, 1080, "8", Av1Quality), Clip1080(120), Clip1080(15));
        ClipsExercise warm = new("clips-1s-warm", One(VideoCodec.H264, 1280, 720, "veryfast", H264Quality, sound: true), Second, slots: 1) { MinPairs = 26 };
        ClipsExercise batch = new("jobs-100", One(VideoCodec.H264, 1280, 720, "veryfast", H264Quality, sound: true), Second, Slots) { Jobs = 100, QuickJobs = 20 };
        TranscodeExercise ladder = new("ladder", Ladder(), Clip4K(180), Clip4K(20));
        TranscodeExercise split = new("ladder-four-commands", Ladder(), Clip4K(180), Clip4K(20)) { IsSplit = true };
        return
        [
            new("h264-4k60", "4K60 H.264 veryfast CRF 23, wall", long4k, Measure.Wall, Even) { LowTarget = NearlyEven },
            new("rss-4k60", "the same, peak RSS", long4k, Measure.PeakRss, Even),
            new("hevc-1080p", "1080p HEVC fast CRF 28, wall", hevc, Measure.Wall, Even) { LowTarget = NearlyEven },
            new("av1-1080p", "1080p AV1 preset 8 CRF 35, wall", av1, Measure.Wall, Even) { LowTarget = NearlyEven },
            new("clips-1s-warm", "1 s of 720p H.264, warm, file to file, wall", warm, Measure.Wall, 1.05) { OutsideTarget = 0.010 },
            new("jobs-100", "100 such jobs on two slots against xargs -P2, wall", batch, Measure.Wall, 1.10),
            new("ladder", "four rungs from 4K, ultrafast, against one command, wall", ladder, Measure.Wall, 1.10),
            new("ladder-four-commands", "the same against four commands, CPU seconds", split, Measure.Cpu, 1.80),
        ];
    }

    private static SourceClip Second => new(1280, 720, 30, 30, HasSound: true);

    private static SourceClip Clip4K(int frames) => new(3840, 2160, 60, frames, HasSound: false);

    private static SourceClip Clip1080(int frames) => new(1920, 1080, 30, frames, HasSound: false);

    private static EncodeSettings One(VideoCodec codec, int width, int height, string preset, double crf, bool sound = false) => new()
    {
        Scenario = "compare",
        Video = [Rendition("v0", codec, width, height, preset, crf)],
        Audio = sound ? [new AudioSettings()] : [],
    };

    private static EncodeSettings Ladder() => new()
    {
        Scenario = "compare",
        Video = [.. Rungs.Select(rung => Rendition(rung.Name, VideoCodec.H264, rung.Width, rung.Height, "ultrafast", H264Quality))],
        Audio = [],
        Outputs = [.. Rungs.Select(rung => new OutputSettings { Video = [rung.Name] })],
    };

    private static VideoSettings Rendition(string name, VideoCodec codec, int width, int height, string preset, double crf) => new()
    {
        Name = name,
        Codec = codec,
        BoxWidth = width,
        BoxHeight = height,
        Preset = preset,
        RateControl = RateControlMode.Crf,
        Crf = crf,
        Bitrate = BitrateTable.Of(codec, width, height, isAbove30: false),
    };
}
