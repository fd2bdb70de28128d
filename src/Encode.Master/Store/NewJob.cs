using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Master.Store;

/// <summary>A job that was read and found valid, ready to be stored.</summary>
public sealed record NewJob
{
    /// <summary>The line it waits in.</summary>
    public JobQueue Queue { get; init; } = JobQueue.Default;

    /// <summary>Its place in that line.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Medium;

    /// <summary>The request as it was submitted, JSON.</summary>
    public required string RequestJson { get; init; }

    /// <summary>The scenario with the request's parameters applied: what an agent is told to make.</summary>
    public required EncodeSettings Settings { get; init; }

    /// <summary>Where the input is: <c>upload:</c>, <c>file:</c> or <c>https:</c>; null means a generated clip.</summary>
    public string? InputUrl { get; init; }

    /// <summary>Where the outputs go, as many as the settings have.</summary>
    public IReadOnlyList<NewOutput> Outputs { get; init; } = [new()];

    /// <summary>Further attempts after the first one, where the cause of a failure may pass.</summary>
    public int MaxRetries { get; init; } = JobLimits.DefaultRetries;

    /// <summary>Seconds that one attempt may take; 0 sets no limit.</summary>
    public int TimeoutSeconds { get; init; }
}
