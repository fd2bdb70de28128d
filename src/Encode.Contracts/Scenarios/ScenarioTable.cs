using System.Collections.Frozen;
using Encode.Contracts.Jobs;

namespace Encode.Contracts.Scenarios;

/// <summary>
/// The one table behind every scenario name. A plain one, <c>&lt;size&gt;&lt;rate&gt;-&lt;codec&gt;[-&lt;encoder&gt;]</c>, is one picture in one file; a
/// ladder, <c>ladder-&lt;size&gt;&lt;rate&gt;-&lt;codec&gt;[-&lt;encoder&gt;]</c>, is that size and the rungs below it in a CMAF folder, and never larger than
/// its source. Rates are exact; bitrates come from <see cref="BitrateTable"/>, presets from <see cref="EncoderWords"/>.
/// </summary>
public static class ScenarioTable
{
    private const string LadderPrefix = "ladder-";

    private sealed record Size(string Name, int Width, int Height);

    private sealed record Part<T>(string Name, T Value);

    private static readonly Size[] Sizes =
    [
        new("4K", 3840, 2160),
        new("1440p", 2560, 1440),
        new("1080p", 1920, 1080),
        new("720p", 1280, 720),
        new("480p", 854, 480),
        new("360p", 640, 360),
    ];

    // Each rung has half to three quarters of the lines of the one above it, a step that viewers see and bits pay for; 1440 lines would be one
    // more than that, and are only ever a top. 480 and 360 lines have too little below them to be one.
    private static readonly Size[] Rungs = [.. Sizes.Where(size => size.Height != 1440)];
    private static readonly Size[] LadderTops = [.. Sizes.Where(size => size.Height >= 720)];

    private static readonly Part<VideoCodec>[] Codecs = [new("h264", VideoCodec.H264), new("hevc", VideoCodec.Hevc), new("av1", VideoCodec.Av1)];

    private static readonly Part<Rational?>[] Rates =
    [
        new("", null),
        new("24", new(24, 1)),
        new("25", new(25, 1)),
        new("30", new(30, 1)),
        new("50", new(50, 1)),
        new("60", new(60, 1)),
        new("23.976", new(24000, 1001)),
        new("29.97", new(30000, 1001)),
        new("59.94", new(60000, 1001)),
    ];

    private static readonly Part<EncoderChoice>[] Encoders =
    [
        new("", EncoderChoice.Auto),
        new("-software", EncoderChoice.Software),
        new("-nvenc", EncoderChoice.Nvenc),
        new("-qsv", EncoderChoice.Qsv),
        new("-vaapi", EncoderChoice.Vaapi),
    ];

    /// <summary>Every scenario: the plain ones and then the ladders, sizes from large to small, in the order of the table.</summary>
    public static IReadOnlyList<EncodeSettings> All { get; } = [.. Product(Sizes, Plain), .. Product(LadderTops, Ladder)];

    private static readonly FrozenDictionary<string, EncodeSettings> ByName = All.ToFrozenDictionary(settings => settings.Scenario, StringComparer.Ordinal);

    /// <summary>Finds a scenario by its exact name.</summary>
    /// <returns>Null when there is no such scenario.</returns>
    public static EncodeSettings? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>One sentence that tells how names are made, for error messages.</summary>
    public const string Hint =
        "a scenario is <size><rate>-<codec>[-<encoder>], such as 4K60-h264, or ladder- before that, such as ladder-1080p-h264: size 4K 1440p 1080p 720p 480p 360p (ladders from 720p up); rate 24 25 30 50 60 23.976 29.97 59.94 or none; codec h264 hevc av1; encoder software nvenc qsv vaapi";

    private static IEnumerable<EncodeSettings> Product(Size[] sizes, Func<Size, Part<Rational?>, Part<VideoCodec>, Part<EncoderChoice>, EncodeSettings> make)
    {
        foreach (Size size in sizes)
        {
            foreach (Part<Rational?> rate in Rates)
            {
                foreach (Part<VideoCodec> codec in Codecs)
                {
                    foreach (Part<EncoderChoice> encoder in Encoders)
                    {
                        yield return make(size, rate, codec, encoder);
                    }
                }
            }
        }
    }

    private static EncodeSettings Plain(Size size, Part<Rational?> rate, Part<VideoCodec> codec, Part<EncoderChoice> encoder) => new()
    {
        Scenario = $"{size.Name}{rate.Name}-{codec.Name}{encoder.Name}",
        Video = [Rendition(size, rate.Value, codec.Value, encoder.Value)],
        Audio = [new AudioSettings()],
    };

    private static EncodeSettings Ladder(Size top, Part<Rational?> rate, Part<VideoCodec> codec, Part<EncoderChoice> encoder) => new()
    {
        Scenario = $"{LadderPrefix}{top.Name}{rate.Name}-{codec.Name}{encoder.Name}",
        Video =
        [
            .. from size in (IEnumerable<Size>)[top, .. Rungs.Where(rung => rung.Height < top.Height)]
               select Rendition(size, rate.Value, codec.Value, encoder.Value) with { Name = $"v{size.Height}", Upscale = false },
        ],
        Audio = [new AudioSettings()],
        Outputs = [new OutputSettings { Container = Container.Cmaf }],
    };

    private static VideoSettings Rendition(Size size, Rational? rate, VideoCodec codec, EncoderChoice encoder) => new()
    {
        Codec = codec,
        Encoder = encoder,
        BoxWidth = size.Width,
        BoxHeight = size.Height,
        FrameRate = rate,
        Preset = EncoderWords.DefaultPreset(codec, encoder),
        Bitrate = BitrateTable.Of(codec, size.Width, size.Height, rate is { Value: > 30 }),
        BitrateAbove30 = rate is null ? BitrateTable.Of(codec, size.Width, size.Height, isAbove30: true) : null,
    };
}
