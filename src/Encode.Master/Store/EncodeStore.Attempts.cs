using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <content>Attempts: claimed, run, ended. Each move is one UPDATE that holds the whole fence.</content>
public sealed partial class EncodeStore
{
    private const string Fence = "id = $id AND attempt = $attempt AND token = $token AND node_id = $node";

    /// <summary>Claims a waiting job for a node, with a new attempt and token.</summary>
    /// <returns>The job; null when it does not wait any more.</returns>
    public Task<JobRow?> ClaimAsync(string jobId, string nodeId, TimeSpan lease) => WriteAsync("claim a job", transaction =>
    {
        JobRow? job = transaction.Db.First(
            $"""
            UPDATE jobs SET state = 'assigned', attempt = attempt + 1, token = $token, node_id = $node,
                lease_until = $lease, started_at = $now, not_before = NULL,
                output_sha256 = NULL, result = NULL
            WHERE id = $id AND state = 'queued' AND (not_before IS NULL OR not_before <= $now)
                AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.id = $node AND removed_at IS NOT NULL)
            RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            ("$id", jobId),
            ("$node", nodeId),
            ("$token", NewId()),
            ("$now", transaction.Now),
            ("$lease", transaction.Now + (long)lease.TotalMilliseconds));
        if (job is null)
        {
            transaction.Tell(new StoreEvent.ClaimLost(jobId));
            return null;
        }

        JobLog.Write(transaction, job.Sequence, job.Attempt, $"offered to node {nodeId}");
        transaction.Tell(new StoreEvent.JobClaimed(job));
        return job;
    });

    /// <summary>Waiting jobs in the order of service, from behind a given one on.</summary>
    public Task<QueuePage> ReadQueueAsync(int limit, QueueRank? after = null) => ReadAsync("read the queue", db =>
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        List<JobRow> jobs = db.Query(
            $"""
            SELECT {JobRows.Columns} FROM jobs
            WHERE state = 'queued' AND (not_before IS NULL OR not_before <= $now) AND (queue, priority, seq) > ($queue, $priority, $seq)
            ORDER BY queue, priority, seq LIMIT $limit
            """,
            JobRows.Read,
            ("$now", now),
            ("$queue", after is { } from ? (int)from.Queue : -1),
            ("$priority", (int)(after?.Priority ?? 0)),
            ("$seq", after?.Sequence ?? 0),
            ("$limit", limit + 1));
        long? due = db.Number("SELECT min(not_before) FROM jobs WHERE state = 'queued' AND not_before > $now", ("$now", now));
        bool more = jobs.Count > limit;
        return new QueuePage(more ? jobs[..limit] : jobs, more, due is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);
    });

    /// <summary>Gives each held attempt a full lease from now: after a start of the master nobody could have renewed, and its clock may be another.</summary>
    /// <returns>Every job that a node holds, with jobs that are publishing.</returns>
    public Task<IReadOnlyList<JobRow>> RenewAllLeasesAsync() => WriteAsync<IReadOnlyList<JobRow>>("renew leases", transaction =>
    {
        transaction.Db.Execute(
            $"""
            UPDATE jobs SET lease_until = $now + CAST(1000 * max($least, {MessageLimits.LeaseHeartbeats} * coalesce(
                (SELECT heartbeat_seconds FROM nodes WHERE nodes.id = jobs.node_id), 0)) AS INTEGER)
            WHERE state IN ('assigned', 'running')
            """,
            ("$now", transaction.Now),
            ("$least", MessageLimits.LeastLeaseSeconds));
        return transaction.Db.Query(
            $"SELECT {JobRows.Columns} FROM jobs WHERE state IN ('assigned', 'running', 'paused', 'publishing')", JobRows.Read);
    });

    /// <summary>Notes that an attempt's frames flow.</summary>
    public Task MarkRunningAsync(string nodeId, AttemptKey key) =>
        WriteAsync("note the first frame", transaction => MarkResumed(transaction, nodeId, key) || MarkRunning(transaction, nodeId, key));

    /// <summary>Notes that an attempt stands still.</summary>
    public Task MarkPausedAsync(string nodeId, AttemptKey key) =>
        WriteAsync("note a pause", transaction =>
        {
            MarkPaused(transaction, nodeId, key);
            return true;
        });

    /// <summary>Ends an attempt without a result: the job waits again or ends, as <see cref="EndRule"/> says and retries are left.</summary>
    /// <returns>The job as it stands now: as it moved, or, where the fence did not hold, as it was found. Null when there is none.</returns>
    public Task<(bool Ended, JobRow? Job)> EndAttemptAsync(AttemptEnding ending) => WriteAsync("end an attempt", transaction =>
    {
        JobRow? job = End(transaction, ending);
        return (job is not null, job ?? JobRows.Find(transaction.Db, ending.Key.JobId));
    });

    /// <summary>Refuses a waiting job that no node could ever run.</summary>
    /// <returns>Whether it still waited.</returns>
    public Task<bool> RejectAsync(string jobId, string reason) => WriteAsync("reject a job", transaction =>
    {
        JobRow? job = transaction.Db.First(
            $"""
            UPDATE jobs SET state = 'rejected', finished_at = $now, not_before = NULL, wish = NULL, error_class = 'capability', error_message = $reason
            WHERE id = $id AND state = 'queued' RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            ("$id", jobId),
            ("$now", transaction.Now),
            ("$reason", reason));
        if (job is not null)
        {
            JobLog.Write(transaction, job.Sequence, job.Attempt, $"rejected: {reason}");
        }

        return job is not null;
    });

    private static bool MarkRunning(StoreTransaction transaction, string nodeId, AttemptKey key)
    {
        JobRow? job = transaction.Db.First(
            $"UPDATE jobs SET state = 'running' WHERE {Fence} AND state = 'assigned' RETURNING {JobRows.Columns}", JobRows.Read, FenceOf(nodeId, key));
        if (job is not null)
        {
            JobLog.Write(transaction, job.Sequence, job.Attempt, "running");
        }

        return job is not null;
    }

    private static JobRow? End(StoreTransaction transaction, AttemptEnding ending)
    {
        // Free is what never ran; a row that runs shows that its node took it, whatever became of the answer.
        const string Costs = "($costs OR ($untaken AND state <> 'assigned'))";
        const string Again = $"($again AND (NOT {Costs} OR retries_used < max_retries))";
        // What stands still has no lease and no time that runs. It ends only when its node is lost while it is to go on; what its node reports of
        // it has made it run before.
        const string Ends = "CASE state WHEN 'paused' THEN $stands AND wish = 'resume' ELSE state IN ('assigned', 'running') AND $runs END";
        EndRule rule = EndRule.Of(ending.End, ending.Error);
        JobRow? job = transaction.Db.First(
            $"""
            UPDATE jobs SET
                state = CASE WHEN {Again} THEN 'queued' ELSE $spent END,
                retries_used = retries_used + ({Again} AND {Costs}),
                not_before = CASE WHEN {Again} AND $waits THEN $now + CASE retries_used WHEN 0 THEN $first WHEN 1 THEN $second ELSE $later END END,
                finished_at = CASE WHEN {Again} THEN NULL ELSE $now END,
                lease_until = NULL,
                wish = CASE WHEN {Again} AND wish = 'pause' THEN wish END,
                error_class = coalesce($class, error_class),
                error_message = coalesce($message, error_message),
                failed_node = CASE WHEN $class IS NULL THEN failed_node ELSE node_id END,
                left_on = CASE WHEN $forgotten AND retries_used = 0 THEN node_id WHEN $untouched AND state = 'assigned' THEN left_on END
            WHERE {Fence} AND {Ends} AND (NOT $expired OR lease_until <= $now)
            RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            [
                .. FenceOf(ending.NodeId, ending.Key),
                ("$again", rule.Again),
                ("$costs", rule.CostsRetry),
                ("$untaken", ending.End is AttemptEnd.NeverTaken or AttemptEnd.OfferExpired),
                ("$stands", ending.End is AttemptEnd.NotResumed or AttemptEnd.NodeRemoved),
                ("$runs", ending.End is not AttemptEnd.NotResumed),
                ("$waits", rule.Waits),
                ("$forgotten", ending.End is AttemptEnd.Forgotten),
                ("$untouched", ending.End is AttemptEnd.Refused or AttemptEnd.NeverTaken or AttemptEnd.OfferExpired),
                ("$spent", Names<JobState>.Of(rule.Spent)),
                ("$expired", ending.End is AttemptEnd.LeaseExpired or AttemptEnd.OfferExpired),
                ("$now", transaction.Now),
                ("$first", (long)EndRule.FirstDelay.TotalMilliseconds),
                ("$second", (long)EndRule.SecondDelay.TotalMilliseconds),
                ("$later", (long)EndRule.LaterDelay.TotalMilliseconds),
                ("$class", ending.Error is { } error ? Names<ErrorClass>.Of(error.Class) : null),
                ("$message", ending.Error?.Message),
            ]);
        if (job is null)
        {
            return null;
        }

        JobLog.Write(transaction, job.Sequence, job.Attempt, ending.NodeId, ending.Log);
        JobLog.Write(transaction, job.Sequence, job.Attempt, $"{ending.Line}; {Names<JobState>.Of(job.State)}");
        ReleaseStaged(transaction, job.Id);
        transaction.Tell(new StoreEvent.AttemptOver(job, job.State, ending.Line) { Error = ending.Error });

        return job;
    }

    private static (string, object?)[] FenceOf(string nodeId, AttemptKey key) =>
        [("$id", key.JobId), ("$attempt", key.Attempt), ("$token", key.Token), ("$node", nodeId)];
}
