using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Scheduling;
using Encode.Master.Store;

namespace Encode.Master.Dispatch;

/// <summary>What the core is told of what the store has committed.</summary>
internal static class StoreEvents
{
    /// <summary>Translates an event; null when the core does not care.</summary>
    public static SchedulerEvent? ToScheduler(StoreEvent committed) => committed switch
    {
        StoreEvent.JobQueued queued => new SchedulerEvent.JobQueued(QueuedJob.Of(queued.Job)),
        StoreEvent.JobClaimed { Job: var job } => new SchedulerEvent.JobClaimed(job.Key!, job.NodeId!, job.LeaseUntil!.Value, job.TimeoutSeconds),
        StoreEvent.ClaimLost lost => new SchedulerEvent.ClaimLost(lost.JobId),
        StoreEvent.JobPublishing publishing => new SchedulerEvent.JobPublishing(publishing.JobId),
        StoreEvent.AttemptOver { Job: var job } over => new SchedulerEvent.AttemptOver(job.Id, job.Attempt, over.State == JobState.Queued ? QueuedJob.Of(job) : null),
        StoreEvent.JobCanceled canceled => new SchedulerEvent.JobCanceled(canceled.JobId, canceled.NodeId, canceled.Key),
        StoreEvent.JobWished { Job: { Wish: JobWish.Pause } job } => new SchedulerEvent.PauseWanted(job.NodeId!, job.Key!),
        StoreEvent.JobWished { Job: var job } => new SchedulerEvent.ResumeWanted(job.NodeId!, job.Key!, job.State == JobState.Paused),
        StoreEvent.JobPaused { Job: var job } => new SchedulerEvent.JobPaused(job.Key!),
        StoreEvent.JobResumed { Job: var job } => new SchedulerEvent.JobResumed(job.Key!, job.NodeId!, job.LeaseUntil!.Value, job.TimeoutSeconds),
        StoreEvent.NodeRegistered registered => new SchedulerEvent.NodeRegistered(NodeView.Of(registered.Node)),
        StoreEvent.NodeDrained drained => new SchedulerEvent.NodeDrained(drained.Node.Id, drained.Node.Draining),
        StoreEvent.NodeRemoved removed => new SchedulerEvent.NodeRemoved(removed.NodeId),
        StoreEvent.NodeHeard heard => new SchedulerEvent.NodeHeard(
            heard.Node.Id,
            heard.Node.Slots,
            heard.Node.SlotsFree,
            heard.Heartbeat.Held.Where(held => held.Phase is not (AttemptPhase.Publishing or AttemptPhase.Paused)).Select(held => held.Key.JobId).ToHashSet(StringComparer.Ordinal),
            heard.Node.Draining,
            heard.Confirmed,
            heard.LeaseUntil,
            heard.ReceivedAt),
        _ => null,
    };

    /// <summary>What the core is told as the master starts. What stands still, and is to, is no hold.</summary>
    public static SchedulerEvent.Started Started(IReadOnlyList<NodeRow> nodes, IReadOnlyList<JobRow> held, DateTimeOffset now) => new(
        [.. nodes.Select(NodeView.Of)],
        [.. held.Where(job => job is not { State: JobState.Paused, Wish: not JobWish.Resume }).Select(job => ToHold(job, now))]);

    /// <summary>
    /// A job that a node holds as the master starts. One whose frames flowed is taken to be there until heartbeats say otherwise;
    /// of one that was only claimed nobody knows whether the offer ever left.
    /// </summary>
    private static Hold ToHold(JobRow job, DateTimeOffset now) => new()
    {
        JobId = job.Id,
        NodeId = job.NodeId!,
        Key = job.Key,
        Phase = job.State switch
        {
            JobState.Publishing => HoldPhase.Publishing,
            JobState.Assigned => HoldPhase.Unanswered,
            JobState.Paused => HoldPhase.Resuming,
            _ => HoldPhase.Taken,
        },
        Since = now,
        LeaseUntil = job.State == JobState.Paused ? null : job.LeaseUntil,
        TimeoutAt = job is { State: JobState.Assigned or JobState.Running, LeaseUntil: { } leaseUntil } ? Hold.TimeoutAfter(leaseUntil, job.TimeoutSeconds) : null,
    };
}
