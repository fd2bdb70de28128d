using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Bench.Matrix;

/// <summary>What <c>bench matrix</c> was asked for.</summary>
internal sealed record MatrixOptions
{
    /// <summary>Frames a second of the generated source.</summary>
    public const int Rate = 30;

    /// <summary>Length of the generated source that nobody names one for, in seconds: two GOPs.</summary>
    public const double DefaultSeconds = 4;

    /// <summary>The sizes that have a name.</summary>
    private static readonly (string Name, int Width, int Height)[] Sizes =
        [("4K", 3840, 2160), ("1440p", 2560, 1440), ("1080p", 1920, 1080), ("720p", 1280, 720), ("480p", 854, 480), ("360p", 640, 360)];

    /// <summary>Name of the size.</summary>
    public string Size { get; init; } = "720p";

    /// <summary>Length of the source in seconds.</summary>
    public double Seconds { get; init; } = DefaultSeconds;

    /// <summary>Encoders by libavcodec's names; none means all.</summary>
    public IReadOnlyList<string> Encoders { get; init; } = [];

    /// <summary>Presets by their encoders' names; none means all.</summary>
    public IReadOnlyList<string> Presets { get; init; } = [];

    /// <summary>Seconds that an encode may take before slower presets of its encoder are left out; null for no bound.</summary>
    public double? Patience { get; init; }

    /// <summary>Where the plot goes.</summary>
    public string Svg { get; init; } = "bench-matrix.svg";

    /// <summary>How the report is written.</summary>
    public ReportFormat Format { get; init; }

    /// <summary>Names of the sizes, for messages.</summary>
    public static string SizeNames => string.Join(' ', Sizes.Select(size => size.Name));

    /// <summary>What is wrong with what was asked for; null when all is well.</summary>
    public string? Problem()
    {
        string[] names = [.. Sizes.Select(size => size.Name)];
        string[] presets = [.. Enum.GetValues<VideoCodec>().SelectMany(codec => Enum.GetValues<EncoderChoice>().SelectMany(kind => EncoderWords.Presets(codec, kind)))];
        return !names.Contains(Size) ? $"--size {Size}: there is no such size; there are {SizeNames}"
            : Seconds is not (> 0 and <= ScenarioLimits.MaxGeneratedSeconds) ? $"--seconds: a generated clip has up to {ScenarioLimits.MaxGeneratedSeconds} seconds; write --seconds 4"
            : Patience is <= 0 ? "--patience: it is a number of seconds above 0; leave it out to wait for every preset"
            : Presets.FirstOrDefault(preset => !presets.Contains(preset)) is { } unknown ? $"--preset {unknown}: no encoder has such a preset; there are {string.Join(", ", presets.Distinct())}"
            : !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(Svg))) ? $"--svg {Svg}: there is no such folder; make it first"
            : null;
    }

    /// <summary>The settings of one encode: the same bitrate for all, so that quality can be compared.</summary>
    /// <param name="codec">Format of the encoder.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="preset">Its preset.</param>
    public EncodeSettings SettingsFor(VideoCodec codec, EncoderChoice kind, string preset)
    {
        (_, int width, int height) = Array.Find(Sizes, size => size.Name == Size);
        return new EncodeSettings
        {
            Scenario = "matrix",
            Video =
            [
                new VideoSettings
                {
                    Codec = codec,
                    Encoder = kind,
                    BoxWidth = width,
                    BoxHeight = height,
                    FrameRate = new Rational(Rate, 1),
                    Preset = preset,
                    Bitrate = BitrateTable.Of(VideoCodec.Hevc, width, height, isAbove30: false),
                },
            ],
            Audio = [],
            GeneratedSeconds = Seconds,
            Quality = true,
        };
    }
}
