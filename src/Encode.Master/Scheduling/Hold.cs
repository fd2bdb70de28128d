using Encode.Contracts.Messages;

namespace Encode.Master.Scheduling;

/// <summary>A slot of a node that an attempt fills.</summary>
public sealed record Hold
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The attempt and its fence; null while it is claimed.</summary>
    public AttemptKey? Key { get; init; }

    /// <summary>How far the master is with it.</summary>
    public required HoldPhase Phase { get; init; }

    /// <summary>When this phase began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the lease ends; null while none runs.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>When it is stopped for its length; null for never.</summary>
    public DateTimeOffset? TimeoutAt { get; init; }

    /// <summary>
    /// When an attempt is stopped for its length, counted from a new lease. The agent keeps the time itself, and alone knows what it worked before
    /// a pause or a start of the master; here it is only bounded, with a lease more, so that the agent's word arrives also after the broker was away.
    /// </summary>
    /// <param name="leaseUntil">When that lease ends.</param>
    /// <param name="timeoutSeconds">How long it may take; 0 sets no limit.</param>
    public static DateTimeOffset? TimeoutAfter(DateTimeOffset leaseUntil, int timeoutSeconds) =>
        timeoutSeconds > 0 ? leaseUntil + TimeSpan.FromSeconds(timeoutSeconds) : null;

    /// <summary>Since when heartbeats do not name it; null while they do.</summary>
    public DateTimeOffset? UnnamedSince { get; init; }

    /// <summary>Whether its end is on its way into the database.</summary>
    public bool Ending { get; init; }
}
