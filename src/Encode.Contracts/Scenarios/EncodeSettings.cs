namespace Encode.Contracts.Scenarios;

/// <summary>What a cell is told to make of its input: a scenario and a job's parameters, resolved by the master.</summary>
public sealed record EncodeSettings
{
    /// <summary>Name of the scenario this came from, for logs and results.</summary>
    public required string Scenario { get; init; }

    /// <summary>The picture.</summary>
    public required VideoSettings Video { get; init; }

    /// <summary>The sound; an input without sound makes an output without.</summary>
    public required AudioSettings Audio { get; init; }

    /// <summary>File format of the output.</summary>
    public Container Container { get; init; } = Container.Mp4;

    /// <summary>Seconds of the generated clip, when there is no input.</summary>
    public double GeneratedSeconds { get; init; } = ScenarioLimits.DefaultGeneratedSeconds;
}
