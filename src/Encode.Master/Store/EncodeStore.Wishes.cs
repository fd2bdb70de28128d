using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <content>
/// Pause and resume. Each is a wish in the row, told to the agent by a control message and by every heartbeat's answer until it is so; the state
/// changes when the agent says that it is. A wish to pause stays with a job whose attempt fails meanwhile: the next one is paused, unless the wish
/// is taken back while the job waits.
/// </content>
public sealed partial class EncodeStore
{
    /// <summary>The end of a paused job's lease: none, as far as a column that may not be empty can say so (9999-12-31).</summary>
    private const long NoLeaseEnd = 253_402_214_400_000;

    /// <summary>Wants a job to stand still. Pausing a paused job succeeds again.</summary>
    public Task<WishResult> PauseAsync(string idOrSequence) => WriteAsync("pause a job", transaction =>
        Wish(transaction, idOrSequence, JobWish.Pause, job => job.State is JobState.Assigned or JobState.Running || (job.State == JobState.Paused && job.Wish == JobWish.Resume)));

    /// <summary>Wants a paused job to go on. Resuming a running job succeeds again.</summary>
    public Task<WishResult> ResumeAsync(string idOrSequence) => WriteAsync("resume a job", transaction =>
        Wish(transaction, idOrSequence, JobWish.Resume, job => job.State == JobState.Paused || (job.State is JobState.Assigned or JobState.Running && job.Wish == JobWish.Pause)));

    private static WishResult Wish(StoreTransaction transaction, string idOrSequence, JobWish wish, Func<JobRow, bool> isNews)
    {
        if (JobRows.Find(transaction.Db, idOrSequence) is not { } before)
        {
            return new WishResult(WishOutcome.Missing, null);
        }

        if (before is { State: JobState.Queued, Wish: JobWish.Pause })
        {
            return new WishResult(WishOutcome.Taken, wish == JobWish.Pause ? before : TakeBack(transaction, before));
        }

        if (before.State is not (JobState.Assigned or JobState.Running or JobState.Paused))
        {
            return new WishResult(WishOutcome.Forbidden, before);
        }

        if (!isNews(before) || before.Wish == wish)
        {
            return new WishResult(WishOutcome.Taken, before);
        }

        JobRow job = transaction.Db.First(
            $"UPDATE jobs SET wish = $wish WHERE seq = $seq RETURNING {JobRows.Columns}", JobRows.Read, ("$seq", before.Sequence), ("$wish", Names<JobWish>.Of(wish)))!;
        JobLog.Write(transaction, job.Sequence, job.Attempt, wish == JobWish.Pause ? "a user wants it paused" : "a user wants it to go on");
        if (wish == JobWish.Resume && job.State == JobState.Paused && IsRemoved(transaction.Db, job.NodeId!))
        {
            JobRow? ended = End(transaction, new AttemptEnding(job.NodeId!, job.Key!, AttemptEnd.NodeRemoved, null, $"node {job.NodeId} was removed"));
            return new WishResult(WishOutcome.Taken, ended ?? job);
        }

        transaction.Tell(new StoreEvent.JobWished(job));
        return new WishResult(WishOutcome.Taken, job);
    }

    /// <summary>A job that waits with the wish of an attempt that failed: there is no agent to be told.</summary>
    private static JobRow TakeBack(StoreTransaction transaction, JobRow waiting)
    {
        JobLog.Write(transaction, waiting.Sequence, waiting.Attempt, "a user wants it to go on");
        return transaction.Db.First($"UPDATE jobs SET wish = NULL WHERE seq = $seq RETURNING {JobRows.Columns}", JobRows.Read, ("$seq", waiting.Sequence))!;
    }

    /// <summary>An agent says that an attempt stands still: so it is, when that is wanted.</summary>
    private static void MarkPaused(StoreTransaction transaction, string nodeId, AttemptKey key)
    {
        // One that was paused before its first frame runs for a moment, so that the moves between states are the few that there are.
        if (transaction.Db.Number($"SELECT 1 FROM jobs WHERE {Fence} AND wish = 'pause' AND state = 'assigned'", FenceOf(nodeId, key)) is not null)
        {
            MarkRunning(transaction, nodeId, key);
        }

        JobRow? job = transaction.Db.First(
            $"UPDATE jobs SET state = 'paused', wish = NULL, lease_until = $none WHERE {Fence} AND state = 'running' AND wish = 'pause' RETURNING {JobRows.Columns}",
            JobRows.Read,
            [.. FenceOf(nodeId, key), ("$none", NoLeaseEnd)]);
        if (job is not null)
        {
            JobLog.Write(transaction, job.Sequence, job.Attempt, "paused");
            transaction.Tell(new StoreEvent.JobPaused(job));
        }

        transaction.Db.Execute($"UPDATE jobs SET wish = NULL WHERE {Fence} AND state = 'paused' AND wish = 'pause'", FenceOf(nodeId, key));
    }

    /// <summary>
    /// An agent says that an attempt's frames flow: a paused one that is to go on does. Or it says that the attempt has ended, and then it did not
    /// stand still, whatever is wanted: news of a pause may be old, and one that is past encoding is finished first. What is wanted stays with it.
    /// </summary>
    private static bool MarkResumed(StoreTransaction transaction, string nodeId, AttemptKey key, bool hasEnded = false)
    {
        JobRow? job = transaction.Db.First(
            $"""
            UPDATE jobs SET state = 'running', wish = CASE WHEN wish IS NOT 'resume' THEN 'pause' END, lease_until = $now + CAST(1000 * max($least, {MessageLimits.LeaseHeartbeats} * coalesce(
                (SELECT heartbeat_seconds FROM nodes WHERE nodes.id = jobs.node_id), 0)) AS INTEGER)
            WHERE {Fence} AND state = 'paused' AND (wish = 'resume' OR $ended)
                AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.id = $node AND removed_at IS NOT NULL) RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            [.. FenceOf(nodeId, key), ("$now", transaction.Now), ("$least", MessageLimits.LeastLeaseSeconds), ("$ended", hasEnded)]);
        if (job is not null)
        {
            JobLog.Write(transaction, job.Sequence, job.Attempt, hasEnded ? "did not stand still: its node reports its end" : "running again");
            transaction.Tell(new StoreEvent.JobResumed(job));
            return true;
        }

        transaction.Db.Execute($"UPDATE jobs SET wish = NULL WHERE {Fence} AND state IN ('assigned', 'running') AND wish = 'resume'", FenceOf(nodeId, key));
        return false;
    }

    /// <summary>What an agent is to be told of an attempt that it holds.</summary>
    private static ControlKind? WishOf(Db db, string nodeId, HeldAttempt held)
    {
        bool stands = held.Phase == AttemptPhase.Paused;
        JobRow? job = db.First($"SELECT {JobRows.Columns} FROM jobs WHERE {Fence} AND state IN ('assigned', 'running', 'paused')", JobRows.Read, FenceOf(nodeId, held.Key));
        return job switch
        {
            null => null,
            { Wish: JobWish.Pause } or { State: JobState.Paused, Wish: null } => stands ? null : ControlKind.Pause,
            _ => stands ? ControlKind.Resume : null,
        };
    }
}
