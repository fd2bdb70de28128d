using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <summary>What the core wants done. It learns what became of it by events.</summary>
public abstract record SchedulerEffect
{
    private SchedulerEffect()
    {
    }

    /// <summary>Read the next stretch of the queue.</summary>
    /// <param name="After">Behind which job; null for the head.</param>
    public sealed record ReadQueue(QueueRank? After) : SchedulerEffect;

    /// <summary>Claim a job for a node.</summary>
    public sealed record Claim(string JobId, string NodeId, TimeSpan Lease) : SchedulerEffect;

    /// <summary>Offer a claimed attempt to its node.</summary>
    public sealed record SendOffer(string NodeId, AttemptKey Key) : SchedulerEffect;

    /// <summary>Tell a node to stop an attempt.</summary>
    public sealed record SendCancel(string NodeId, AttemptKey Key) : SchedulerEffect;

    /// <summary>Tell a node to let an attempt stand still, or go on.</summary>
    public sealed record SendWish(string NodeId, AttemptKey Key, ControlKind Kind) : SchedulerEffect;

    /// <summary>End an attempt in the store.</summary>
    public sealed record EndAttempt(AttemptEnding Ending) : SchedulerEffect;

    /// <summary>Fail a job whose accepted output will not be published any more.</summary>
    public sealed record GiveUpPublishing(string NodeId, AttemptKey Key, JobError Error) : SchedulerEffect;

    /// <summary>Refuse a job that no node could ever run.</summary>
    public sealed record Reject(string JobId, string Reason) : SchedulerEffect;

    /// <summary>Set the timer, in place of an earlier setting.</summary>
    public sealed record SetTimer(DateTimeOffset? At) : SchedulerEffect;
}
