using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Scenarios;

namespace Encode.Master.Store;

/// <content>What users do: submit, look, list, cancel, read logs.</content>
public sealed partial class EncodeStore
{
    private const string UploadScheme = "upload:";

    /// <summary>Stores a job, or answers with the job that the same idempotency key stored before.</summary>
    public Task<SubmitResult> SubmitAsync(NewJob job, IdempotencyKey? idempotency = null) =>
        WriteAsync("submit a job", transaction => Submit(transaction, job, idempotency));

    /// <summary>Finds a job by its id (32 hex digits) or its sequence number (anything shorter).</summary>
    public Task<JobRow?> GetJobAsync(string idOrSequence) =>
        ReadAsync("read a job", db => JobRows.Find(db, idOrSequence));

    /// <summary>A page of jobs, newest first.</summary>
    public Task<JobPage> ListJobsAsync(JobQuery query) => ReadAsync("list jobs", db => List(db, query));

    /// <summary>Cancels a job. Canceling a canceled job succeeds again.</summary>
    public Task<CancelResult> CancelAsync(string idOrSequence) =>
        WriteAsync("cancel a job", transaction => Cancel(transaction, idOrSequence));

    /// <summary>The newest lines of a job's log, oldest first; null when there is no such job.</summary>
    public Task<IReadOnlyList<LogLine>?> LogsAsync(string idOrSequence) =>
        ReadAsync("read a job's log", db => JobRows.Find(db, idOrSequence) is { } job ? (IReadOnlyList<LogLine>)JobLog.Read(db, job.Sequence) : null);

    private SubmitResult Submit(StoreTransaction transaction, NewJob job, IdempotencyKey? idempotency)
    {
        if (idempotency is not null && FindEarlier(transaction.Db, idempotency) is { } earlier)
        {
            return earlier;
        }

        if (job.InputUrl is { } input && input.StartsWith(UploadScheme, StringComparison.Ordinal)
            && FindByName(transaction.Db, input[UploadScheme.Length..]) is not { State: FileState.Complete })
        {
            return new SubmitResult(SubmitOutcome.InputMissing, null);
        }

        // Looked at again when the output is placed: names are not reserved, so another file may take this one in between.
        for (int index = 0; index < job.Outputs.Count; index++)
        {
            NewOutput output = job.Outputs[index];
            if (output.Url is not { } url || !url.StartsWith(UploadScheme, StringComparison.Ordinal))
            {
                continue;
            }

            JobOutput place = new(url, output.IfExists);

            if (IsTaken(transaction.Db, place))
            {
                return new SubmitResult(SubmitOutcome.OutputTaken, null, index);
            }

            if (IsInput(transaction.Db, place, exceptJobId: ""))
            {
                return new SubmitResult(SubmitOutcome.OutputNeeded, null, index);
            }
        }

        JobRow row = Insert(transaction, job);
        if (idempotency is not null)
        {
            transaction.Db.Execute(
                "INSERT INTO idempotency (scope, key, body_sha256, job_seq) VALUES ($scope, $key, $body, $job)",
                ("$scope", idempotency.Scope),
                ("$key", idempotency.Key),
                ("$body", idempotency.BodySha256),
                ("$job", row.Sequence));
        }

        JobLog.Write(transaction, row.Sequence, 0, "queued");
        transaction.Tell(new StoreEvent.JobQueued(row));
        return new SubmitResult(SubmitOutcome.Created, row);
    }

    private static SubmitResult? FindEarlier(Db db, IdempotencyKey key)
    {
        string? body = db.Text("SELECT body_sha256 FROM idempotency WHERE scope = $scope AND key = $key", ("$scope", key.Scope), ("$key", key.Key));
        if (body is null)
        {
            return null;
        }

        JobRow? job = db.First(
            $"SELECT {JobRows.Columns} FROM jobs WHERE seq = (SELECT job_seq FROM idempotency WHERE scope = $scope AND key = $key)",
            JobRows.Read,
            ("$scope", key.Scope),
            ("$key", key.Key));
        return new SubmitResult(body == key.BodySha256 ? SubmitOutcome.Replayed : SubmitOutcome.Conflict, job);
    }

    private JobRow Insert(StoreTransaction transaction, NewJob job)
    {
        string id = NewJobId();
        return transaction.Db.First(
            $"""
            INSERT INTO jobs (id, state, queue, priority, request, settings, input_url, outputs, max_retries, timeout_seconds, created_at)
            VALUES ($id, 'queued', $queue, $priority, $request, $settings, $input, $outputs, $retries, $timeout, $now)
            RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            ("$id", id),
            ("$queue", (int)job.Queue),
            ("$priority", (int)job.Priority),
            ("$request", job.RequestJson),
            ("$settings", JsonSerializer.Serialize(job.Settings, ContractsJson.Default.EncodeSettings)),
            ("$input", job.InputUrl),
            ("$outputs", JsonSerializer.Serialize(PlacesOf(job, id), ContractsJson.Default.IReadOnlyListJobOutput)),
            ("$retries", job.MaxRetries),
            ("$timeout", job.TimeoutSeconds),
            ("$now", transaction.Now))!;
    }

    private static IReadOnlyList<JobOutput> PlacesOf(NewJob job, string id) =>
    [
        .. job.Outputs.Zip(job.Settings.Outputs, (output, settings) => new JobOutput(output.Url ?? UploadScheme + id + EndOf(settings.Container), output.IfExists)),
    ];

    private static string EndOf(Container container) => container == Container.Cmaf ? "/" : $".{Names<Container>.Of(container)}";

    private static JobPage List(Db db, JobQuery query)
    {
        // Text that differs by what is asked, so that each form finds its own index; what was asked is always bound.
        string where = (query.State, query.Queue) switch
        {
            (null, null) => "TRUE",
            (_, null) => "state = $state",
            (null, _) => "queue = $queue",
            _ => "state = $state AND queue = $queue",
        };
        (string, object?)[] values =
        [
            .. query.State is { } state ? [("$state", Names<JobState>.Of(state))] : Array.Empty<(string, object?)>(),
            .. query.Queue is { } queue ? [("$queue", (int)queue)] : Array.Empty<(string, object?)>(),
        ];
        int limit = Math.Clamp(query.Limit, 1, JobQuery.MaxLimit);
        List<JobRow> rows = db.Query(
            $"SELECT {JobRows.Columns} FROM jobs WHERE {where} AND seq < $before ORDER BY seq DESC LIMIT $limit",
            JobRows.Read,
            [.. values, ("$before", query.After ?? long.MaxValue), ("$limit", limit + 1)]);
        long count = db.Number($"SELECT count(*) FROM jobs WHERE {where}", values) ?? 0;
        return rows.Count <= limit
            ? new JobPage(rows, count, null)
            : new JobPage(rows[..limit], count, rows[limit - 1].Sequence);
    }

    private static CancelResult Cancel(StoreTransaction transaction, string idOrSequence)
    {
        if (JobRows.Find(transaction.Db, idOrSequence) is not { } before)
        {
            return new CancelResult(CancelOutcome.Missing, null);
        }

        JobRow? after = transaction.Db.First(
            $"""
            UPDATE jobs SET state = 'canceled', finished_at = $now, lease_until = NULL, not_before = NULL, wish = NULL
            WHERE seq = $seq AND state IN ('queued', 'assigned', 'running', 'paused')
            RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            ("$seq", before.Sequence),
            ("$now", transaction.Now));
        if (after is null)
        {
            return new CancelResult(before.State == JobState.Canceled ? CancelOutcome.Canceled : CancelOutcome.Forbidden, before);
        }

        bool held = JobTransitions.IsHeld(before.State);
        JobLog.Write(transaction, after.Sequence, after.Attempt, "canceled by a user");
        ReleaseStaged(transaction, after.Id);
        transaction.Tell(new StoreEvent.JobCanceled(after.Id, held ? before.NodeId : null, held ? before.Key : null));
        if (held)
        {
            transaction.Tell(new StoreEvent.AttemptOver(after, after.State, "canceled by a user"));
        }

        return new CancelResult(CancelOutcome.Canceled, after);
    }
}
