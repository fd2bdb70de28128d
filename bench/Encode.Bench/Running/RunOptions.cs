using Encode.Contracts.Scenarios;

namespace Encode.Bench.Running;

/// <summary>What <c>bench run</c> was asked for.</summary>
internal sealed record RunOptions
{
    /// <summary>Name of the scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>The file to encode; null for a generated clip.</summary>
    public string? Input { get; init; }

    /// <summary>Length of the generated clip, or of the part of the input that is used; null for the default and for all of it.</summary>
    public double? Seconds { get; init; }

    /// <summary>Another kind of encoder than the scenario's.</summary>
    public EncoderChoice? Encoder { get; init; }

    /// <summary>Another preset than the scenario's.</summary>
    public string? Preset { get; init; }

    /// <summary>How the report is written.</summary>
    public ReportFormat Format { get; init; }

    /// <summary>The job's settings.</summary>
    /// <param name="problem">What is wrong with what was asked for; null when all is well.</param>
    public EncodeSettings? Resolve(out string? problem)
    {
        EncodeSettings? settings = ScenarioTable.Find(Scenario);
        problem = settings is null ? $"{Scenario}: there is no such scenario; {ScenarioTable.Hint}" : ProblemOfLength() ?? ProblemOfPreset(settings);
        return problem is null ? Apply(settings!) : null;
    }

    private EncodeSettings Apply(EncodeSettings settings)
    {
        EncoderChoice encoder = Encoder ?? settings.Video[0].Encoder;
        string preset = Preset ?? (Encoder is null ? settings.Video[0].Preset : EncoderWords.DefaultPreset(settings.Video[0].Codec, encoder));
        settings = settings with { Quality = true, Video = [.. settings.Video.Select(video => video with { Encoder = encoder, Preset = preset })] };
        return Input is null
            ? settings with { GeneratedSeconds = Seconds ?? ScenarioLimits.DefaultGeneratedSeconds }
            : settings with { InputSeconds = Seconds };
    }

    private string? ProblemOfLength() => (Input, Seconds) switch
    {
        (_, null) => null,
        (null, not (> 0 and <= ScenarioLimits.MaxGeneratedSeconds)) => $"--seconds: a generated clip has up to {ScenarioLimits.MaxGeneratedSeconds} seconds; write --seconds 10",
        (_, not (> 0 and < double.PositiveInfinity)) => "--seconds: the part of the input that is used has a length; write --seconds 10",
        _ => null,
    };

    private string? ProblemOfPreset(EncodeSettings settings)
    {
        IReadOnlyList<string> presets = EncoderWords.Presets(settings.Video[0].Codec, Encoder ?? settings.Video[0].Encoder);
        return Preset is null || presets.Contains(Preset) ? null
            : presets.Count == 0 ? $"--preset {Preset}: this encoder has no presets; leave it out"
            : $"--preset {Preset}: this encoder has no such preset; it has {string.Join(", ", presets)}";
    }
}
