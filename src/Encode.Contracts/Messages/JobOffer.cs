using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Contracts.Messages;

/// <summary>The master asks an agent to take an attempt. The claim is already in the database when this travels.</summary>
public sealed record JobOffer
{
    /// <summary>Which <see cref="MessageLimits.Protocol"/> the master speaks; 1 where it does not say.</summary>
    public int Protocol { get; init; } = 1;

    /// <summary>The attempt and its fence.</summary>
    public required AttemptKey Key { get; init; }

    /// <summary>The job's sequence number, for logs.</summary>
    public required long Sequence { get; init; }

    /// <summary>How long the lease lasts from a heartbeat that was acknowledged, in seconds.</summary>
    public required double LeaseSeconds { get; init; }

    /// <summary>How long ago the lease began when the offer went out, by the master's clock, in seconds: a first lease counts from the claim.</summary>
    public double LeaseAgeSeconds { get; init; }

    /// <summary>How long ago the job was submitted when the offer went out, by the master's clock, in milliseconds.</summary>
    public double AgeMilliseconds { get; init; }

    /// <summary>What to make.</summary>
    public required EncodeSettings Settings { get; init; }

    /// <summary>Where the input is: <c>upload:</c>, <c>file:</c> or <c>https:</c>; null means a generated clip.</summary>
    public string? InputUrl { get; init; }

    /// <summary>Where the outputs go, in the order of the settings' outputs.</summary>
    public required IReadOnlyList<JobOutput> Outputs { get; init; }

    /// <summary>Seconds the attempt may take; 0 sets no limit.</summary>
    public int TimeoutSeconds { get; init; }
}
