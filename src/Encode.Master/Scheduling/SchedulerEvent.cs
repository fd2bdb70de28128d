using Encode.Contracts.Messages;

namespace Encode.Master.Scheduling;

/// <summary>What the core is told. All but the answers to offers, the readings of the queue and the timer come from the store, in the order of its commits.</summary>
public abstract record SchedulerEvent
{
    private SchedulerEvent()
    {
    }

    /// <summary>The master has started.</summary>
    /// <param name="Nodes">Every registered node.</param>
    /// <param name="Held">What nodes hold, each with a full lease from now on.</param>
    public sealed record Started(IReadOnlyList<NodeView> Nodes, IReadOnlyList<Hold> Held) : SchedulerEvent;

    /// <summary>A job waits.</summary>
    public sealed record JobQueued(QueuedJob Job) : SchedulerEvent;

    /// <summary>A stretch of the queue was read.</summary>
    /// <param name="Jobs">The jobs, in the order of service.</param>
    /// <param name="More">Whether others follow.</param>
    /// <param name="FromHead">Whether it is the head of the queue.</param>
    /// <param name="NextDue">When the next delayed job is due.</param>
    public sealed record QueueRead(IReadOnlyList<QueuedJob> Jobs, bool More, bool FromHead, DateTimeOffset? NextDue) : SchedulerEvent;

    /// <summary>A claim is in the database.</summary>
    /// <param name="Key">The attempt and its fence.</param>
    /// <param name="NodeId">The node it is for.</param>
    /// <param name="LeaseUntil">When the lease ends.</param>
    /// <param name="TimeoutSeconds">How long it may take; 0 sets no limit.</param>
    public sealed record JobClaimed(AttemptKey Key, string NodeId, DateTimeOffset LeaseUntil, int TimeoutSeconds) : SchedulerEvent;

    /// <summary>A claim found the job gone.</summary>
    public sealed record ClaimLost(string JobId) : SchedulerEvent;

    /// <summary>The database, or a read of it, failed.</summary>
    /// <param name="JobId">The job that was to be claimed or rejected; null when the queue was read.</param>
    public sealed record StoreFailed(string? JobId) : SchedulerEvent;

    /// <summary>A node answered an offer.</summary>
    /// <param name="Key">The attempt.</param>
    /// <param name="Reply">The answer; null when none came in time.</param>
    public sealed record OfferAnswered(AttemptKey Key, OfferReply? Reply) : SchedulerEvent;

    /// <summary>A result was accepted, and its node publishes.</summary>
    public sealed record JobPublishing(string JobId) : SchedulerEvent;

    /// <summary>Nobody holds an attempt any more.</summary>
    /// <param name="JobId">The job.</param>
    /// <param name="Attempt">Number of the attempt.</param>
    /// <param name="Again">The job where it waits again; null where it does not.</param>
    public sealed record AttemptOver(string JobId, int Attempt, QueuedJob? Again = null) : SchedulerEvent;

    /// <summary>The store did not end an attempt.</summary>
    /// <param name="Key">The attempt.</param>
    /// <param name="LeaseUntil">When its lease ends now; null when it is held no more.</param>
    public sealed record EndRefused(AttemptKey Key, DateTimeOffset? LeaseUntil) : SchedulerEvent;

    /// <summary>A user canceled a job.</summary>
    /// <param name="JobId">The job.</param>
    /// <param name="NodeId">The node that held it; null when it was waiting.</param>
    /// <param name="Key">The attempt to stop; null when it was waiting.</param>
    public sealed record JobCanceled(string JobId, string? NodeId, AttemptKey? Key) : SchedulerEvent;

    /// <summary>A user wants a held attempt to stand still.</summary>
    public sealed record PauseWanted(string NodeId, AttemptKey Key) : SchedulerEvent;

    /// <summary>A user wants a held attempt to go on.</summary>
    /// <param name="NodeId">The node that holds it.</param>
    /// <param name="Key">The attempt.</param>
    /// <param name="Stands">Whether it stands still; otherwise it was only wanted to.</param>
    public sealed record ResumeWanted(string NodeId, AttemptKey Key, bool Stands) : SchedulerEvent;

    /// <summary>An attempt stands still.</summary>
    public sealed record JobPaused(AttemptKey Key) : SchedulerEvent;

    /// <summary>An attempt that stood still goes on.</summary>
    /// <param name="Key">The attempt.</param>
    /// <param name="NodeId">The node that holds it.</param>
    /// <param name="LeaseUntil">When its new lease ends.</param>
    /// <param name="TimeoutSeconds">How long it may take; 0 sets no limit.</param>
    public sealed record JobResumed(AttemptKey Key, string NodeId, DateTimeOffset LeaseUntil, int TimeoutSeconds) : SchedulerEvent;

    /// <summary>A node registered.</summary>
    public sealed record NodeRegistered(NodeView Node) : SchedulerEvent;

    /// <summary>A node is to take no more work, or takes work again.</summary>
    /// <param name="NodeId">The node.</param>
    /// <param name="Draining">Whether it takes no more.</param>
    public sealed record NodeDrained(string NodeId, bool Draining) : SchedulerEvent;

    /// <summary>A node was removed.</summary>
    public sealed record NodeRemoved(string NodeId) : SchedulerEvent;

    /// <summary>A node was heard.</summary>
    /// <param name="NodeId">The node.</param>
    /// <param name="SlotsTotal">Its slots.</param>
    /// <param name="SlotsFree">Those that would take a job.</param>
    /// <param name="Working">Jobs that it named, without those that only publish and those that stand still.</param>
    /// <param name="Draining">Whether it takes no more work.</param>
    /// <param name="Confirmed">Jobs it named whose attempts are its own.</param>
    /// <param name="LeaseUntil">How long the leases of those last now.</param>
    /// <param name="ReceivedAt">When it came, which a slow disk may put long before now.</param>
    public sealed record NodeHeard(
        string NodeId, int SlotsTotal, int SlotsFree, IReadOnlySet<string> Working, bool Draining, IReadOnlySet<string> Confirmed, DateTimeOffset LeaseUntil, DateTimeOffset ReceivedAt) : SchedulerEvent;

    /// <summary>The timer went off.</summary>
    public sealed record TimerFired : SchedulerEvent;
}
