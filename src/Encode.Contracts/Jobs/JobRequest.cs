using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Jobs;

/// <summary>A job as its owner asked for it, checked and with every default filled in. Made by <see cref="JobRequestReader"/>.</summary>
public sealed record JobRequest
{
    /// <summary>What to make: the scenario with the job's parameters applied.</summary>
    public required EncodeSettings Settings { get; init; }

    /// <summary>Where the input is; null asks for a generated clip.</summary>
    public JobUrl? Input { get; init; }

    /// <summary>Where the output goes; null means <c>upload:</c> under the job's own id.</summary>
    public JobUrl? Output { get; init; }

    /// <summary>Where the output stands in the body, for errors that are found later: <c>output</c> or <c>outputs[0]</c>.</summary>
    public string OutputPath { get; init; } = "output";

    /// <summary>What happens when the output's name is taken.</summary>
    public IfExists IfExists { get; init; } = IfExists.Fail;

    /// <summary>The line it waits in.</summary>
    public JobQueue Queue { get; init; } = JobQueue.Default;

    /// <summary>Its place in that line.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Medium;

    /// <summary>Attempts after the first.</summary>
    public int MaxRetries { get; init; } = JobLimits.DefaultRetries;

    /// <summary>Seconds an attempt may take; 0 sets no limit.</summary>
    public int TimeoutSeconds { get; init; }
}
