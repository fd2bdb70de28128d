namespace Encode.Contracts.Scenarios;

/// <summary>What a cell is told to make of its input: a scenario and a job's own wishes, resolved by the master.</summary>
public sealed record EncodeSettings
{
    /// <summary>Name of the scenario this came from, for logs and results.</summary>
    public required string Scenario { get; init; }

    /// <summary>The pictures: at least one rendition, the largest first in a ladder. The source is decoded once for all.</summary>
    public required IReadOnlyList<VideoSettings> Video { get; init; }

    /// <summary>The sound tracks; those that name no source are left out where the input has no sound, and none at all makes a silent output.</summary>
    public required IReadOnlyList<AudioSettings> Audio { get; init; }

    /// <summary>The subtitle tracks of every output that can hold them.</summary>
    // A master or a row of an older version does not say it, and a deserialiser sets what is not said to null (the same below).
    public IReadOnlyList<SubtitleSettings> Subtitles { get; init => field = value ?? []; } = [];

    /// <summary>The outputs, at least one.</summary>
    public IReadOnlyList<OutputSettings> Outputs { get; init => field = value ?? [new()]; } = [new()];

    /// <summary>Seconds of the generated clip, when there is no input.</summary>
    public double GeneratedSeconds { get; init; } = ScenarioLimits.DefaultGeneratedSeconds;

    /// <summary>Where in the input the output begins, in seconds from the input's own start.</summary>
    public double InputStart { get; init; }

    /// <summary>Seconds of the input that are used; null for all from <see cref="InputStart"/> on.</summary>
    public double? InputSeconds { get; init; }

    /// <summary>Whether PSNR and SSIM of each rendition against the source are measured.</summary>
    public bool Quality { get; init; }
}
