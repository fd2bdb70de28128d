using System.Collections.Frozen;
using Encode.Contracts.Jobs;

namespace Encode.Contracts.Scenarios;

/// <summary>
/// The one table behind every scenario name: <c>&lt;size&gt;&lt;rate&gt;-&lt;codec&gt;[-&lt;encoder&gt;]</c>. Sizes carry the box and the
/// bitrates of H.264, codecs carry a preset and the share of H.264's bitrate that looks alike, rates are exact.
/// </summary>
public static class ScenarioTable
{
    private sealed record Size(string Name, int Width, int Height, long Bitrate, long BitrateAbove30);

    private sealed record Codec(string Name, VideoCodec Value, string Preset, double BitrateShare);

    // 4K60-h264 is 20 Mbit/s; the other rows follow the pixel count to the power of about 0.75, as broadcast ladders do.
    private static readonly Size[] Sizes =
    [
        new("4K", 3840, 2160, 14_000_000, 20_000_000),
        new("1440p", 2560, 1440, 8_000_000, 12_000_000),
        new("1080p", 1920, 1080, 5_000_000, 7_500_000),
        new("720p", 1280, 720, 2_800_000, 4_200_000),
        new("480p", 854, 480, 1_200_000, 1_800_000),
        new("360p", 640, 360, 700_000, 1_000_000),
    ];

    private static readonly Codec[] Codecs =
    [
        new("h264", VideoCodec.H264, "veryfast", 1.0),
        new("hevc", VideoCodec.Hevc, "fast", 0.65),
        new("av1", VideoCodec.Av1, "8", 0.55),
    ];

    private static readonly (string Name, Rational? Value)[] Rates =
    [
        ("", null),
        ("24", new(24, 1)),
        ("25", new(25, 1)),
        ("30", new(30, 1)),
        ("50", new(50, 1)),
        ("60", new(60, 1)),
        ("23.976", new(24000, 1001)),
        ("29.97", new(30000, 1001)),
        ("59.94", new(60000, 1001)),
    ];

    private static readonly (string Suffix, EncoderChoice Value)[] Encoders =
    [
        ("", EncoderChoice.Auto),
        ("-software", EncoderChoice.Software),
        ("-nvenc", EncoderChoice.Nvenc),
        ("-qsv", EncoderChoice.Qsv),
        ("-vaapi", EncoderChoice.Vaapi),
    ];

    private static readonly FrozenDictionary<string, EncodeSettings> ByName = Build();

    /// <summary>Every scenario, sizes from large to small, in the order of the table.</summary>
    public static IReadOnlyList<EncodeSettings> All { get; } =
        [.. from size in Sizes from rate in Rates from codec in Codecs from encoder in Encoders select ByName[NameOf(size, rate.Name, codec, encoder.Suffix)]];

    /// <summary>Finds a scenario by its exact name.</summary>
    /// <returns>Null when there is no such scenario.</returns>
    public static EncodeSettings? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>One sentence that tells how names are made, for error messages.</summary>
    public const string Hint =
        "a scenario is <size><rate>-<codec>[-<encoder>], such as 4K60-h264: size 4K 1440p 1080p 720p 480p 360p; rate 24 25 30 50 60 23.976 29.97 59.94 or none; codec h264 hevc av1; encoder software nvenc qsv vaapi";

    private static string NameOf(Size size, string rate, Codec codec, string suffix) => $"{size.Name}{rate}-{codec.Name}{suffix}";

    private static FrozenDictionary<string, EncodeSettings> Build()
    {
        IEnumerable<EncodeSettings> all =
            from size in Sizes from rate in Rates from codec in Codecs from encoder in Encoders select Settings(size, rate, codec, encoder);
        return all.ToFrozenDictionary(settings => settings.Scenario, StringComparer.Ordinal);
    }

    private static EncodeSettings Settings(Size size, (string Name, Rational? Value) rate, Codec codec, (string Suffix, EncoderChoice Value) encoder)
    {
        bool fast = rate.Value is { } value && value.Value > 30;
        return new EncodeSettings
        {
            Scenario = NameOf(size, rate.Name, codec, encoder.Suffix),
            Video =
            [
                new VideoSettings
                {
                    Codec = codec.Value,
                    Encoder = encoder.Value,
                    BoxWidth = size.Width,
                    BoxHeight = size.Height,
                    FrameRate = rate.Value,
                    Preset = codec.Preset,
                    Bitrate = (long)((fast ? size.BitrateAbove30 : size.Bitrate) * codec.BitrateShare),
                    BitrateAbove30 = rate.Value is null ? (long)(size.BitrateAbove30 * codec.BitrateShare) : null,
                },
            ],
            Audio = [new AudioSettings()],
        };
    }
}
