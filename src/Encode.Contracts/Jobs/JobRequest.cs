using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs;

/// <summary>A job as its owner asked for it, checked and with every default filled in. Made by <see cref="JobRequestReader"/>.</summary>
public sealed record JobRequest
{
    /// <summary>What to make: the scenario with the job's parameters applied.</summary>
    public required EncodeSettings Settings { get; init; }

    /// <summary>Where the input is; null asks for a generated clip.</summary>
    public JobUrl? Input { get; init; }

    /// <summary>Where the outputs go, in the order of the settings' outputs; at least one.</summary>
    public required IReadOnlyList<RequestedOutput> Outputs { get; init; }

    /// <summary>The line it waits in.</summary>
    public JobQueue Queue { get; init; } = JobQueue.Default;

    /// <summary>Its place in that line.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Medium;

    /// <summary>Attempts after the first.</summary>
    public int MaxRetries { get; init; } = JobLimits.DefaultRetries;

    /// <summary>Seconds an attempt may take; 0 sets no limit.</summary>
    public int TimeoutSeconds { get; init; }
}
