using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <summary>What listeners are told once a transaction is on disk.</summary>
public abstract record StoreEvent
{
    private StoreEvent()
    {
    }

    /// <summary>A job may be offered (now, or from its <see cref="JobRow.NotBefore"/> on).</summary>
    /// <param name="Job">The job.</param>
    public sealed record JobQueued(JobRow Job) : StoreEvent;

    /// <summary>A job was claimed for a node.</summary>
    /// <param name="Job">The job, with the new attempt and its token.</param>
    public sealed record JobClaimed(JobRow Job) : StoreEvent;

    /// <summary>A claim found the job not waiting any more.</summary>
    /// <param name="JobId">The job.</param>
    public sealed record ClaimLost(string JobId) : StoreEvent;

    /// <summary>A result was accepted and its node is putting the output under its final name: no lease runs any more.</summary>
    /// <param name="JobId">The job.</param>
    public sealed record JobPublishing(string JobId) : StoreEvent;

    /// <summary>Nobody holds an attempt any more, however it ended.</summary>
    /// <param name="Job">The job with that attempt.</param>
    /// <param name="State">What the job is now; where that is queued, it waits again.</param>
    /// <param name="Line">How it ended, in a few words.</param>
    public sealed record AttemptOver(JobRow Job, JobState State, string Line) : StoreEvent
    {
        /// <summary>What this attempt failed of; null when it did not. The job's row may still tell of an earlier one's.</summary>
        public JobError? Error { get; init; }
    }

    /// <summary>A job was canceled.</summary>
    /// <param name="JobId">The job.</param>
    /// <param name="NodeId">The node that held it; null when it was waiting.</param>
    /// <param name="Key">The attempt to stop; null when it was waiting.</param>
    public sealed record JobCanceled(string JobId, string? NodeId, AttemptKey? Key) : StoreEvent;

    /// <summary>A user wants a held job to stand still, or to go on.</summary>
    /// <param name="Job">The job with its wish.</param>
    public sealed record JobWished(JobRow Job) : StoreEvent;

    /// <summary>An attempt stands still: it fills no slot and its lease does not end.</summary>
    /// <param name="Job">The job.</param>
    public sealed record JobPaused(JobRow Job) : StoreEvent;

    /// <summary>An attempt that stood still goes on, with a new lease.</summary>
    /// <param name="Job">The job.</param>
    public sealed record JobResumed(JobRow Job) : StoreEvent;

    /// <summary>A node registered, for the first time or again, or said what its host can do.</summary>
    /// <param name="Node">The node.</param>
    public sealed record NodeRegistered(NodeRow Node) : StoreEvent;

    /// <summary>An operator wants a node to take no more work, or wants that no more.</summary>
    /// <param name="Node">The node, as of now.</param>
    public sealed record NodeDrained(NodeRow Node) : StoreEvent;

    /// <summary>A node was removed; what it held was ended before this is told.</summary>
    /// <param name="NodeId">The node.</param>
    public sealed record NodeRemoved(string NodeId) : StoreEvent;

    /// <summary>A node was heard, and its leases are renewed.</summary>
    /// <param name="Node">The node, as of now.</param>
    /// <param name="Heartbeat">What it said.</param>
    /// <param name="Confirmed">The jobs it named whose attempts are its own.</param>
    /// <param name="LeaseUntil">How long the leases of those last now.</param>
    /// <param name="ReceivedAt">When it came, before it waited for the disk.</param>
    public sealed record NodeHeard(NodeRow Node, Heartbeat Heartbeat, IReadOnlySet<string> Confirmed, DateTimeOffset LeaseUntil, DateTimeOffset ReceivedAt) : StoreEvent;

    /// <summary>No row names this content any more: it may be unlinked.</summary>
    /// <param name="ContentId">What it is called on disk.</param>
    public sealed record ContentReleased(string ContentId) : StoreEvent;
}
