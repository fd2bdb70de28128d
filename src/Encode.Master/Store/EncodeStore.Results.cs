using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <content>
/// Results. An acceptance moves the job to publishing and records the output's hash in one UPDATE; when no row changed and the
/// row carries this very token and hash, the first answer was lost and the same answer is given again.
///
/// An output of the agent's own (<c>file:</c>) is renamed by the agent, which then reports <c>published</c>. An uploaded output (<c>upload:</c>) was
/// staged before, fenced by the same token; its name is a row here, so acceptance, naming and completion are one transaction.
/// </content>
public sealed partial class EncodeStore
{
    private const int HashDigits = 64;

    /// <summary>The sentence about an output whose name is taken: the same when a job is submitted and when it ends.</summary>
    public static string OutputTakenText(string? outputUrl) =>
        $"place output '{outputUrl}': a file of this name exists; choose another name or set if_exists to replace";

    /// <summary>Takes the end of an attempt as its node reports it. May be repeated until it is answered.</summary>
    public Task<AttemptReply> TakeResultAsync(string nodeId, ResultMessage message) => WriteAsync("take a result", transaction => message.Outcome switch
    {
        Outcome.Succeeded when message.Result is { Files: [var file] } && IsHash(file.Sha256) && file.Bytes >= 0 =>
            TakeSuccess(transaction, nodeId, message, message.Result, file),
        Outcome.Succeeded => TakeEnd(transaction, nodeId, message, AttemptEnd.Failed, new JobError(
            ErrorClass.Platform, "take a result: the node reported a success without one file and its SHA-256; its agent is of another version")),
        Outcome.Failed => TakeEnd(transaction, nodeId, message, AttemptEnd.Failed, message.Error ?? new JobError(
            ErrorClass.Platform, "take a result: the node reported a failure without a cause")),
        Outcome.TimedOut => TakeEnd(transaction, nodeId, message, AttemptEnd.TimedOut, message.Error ?? new JobError(
            ErrorClass.Resource, "encode: the attempt ran longer than timeout_seconds allows; allow more, or choose a quicker scenario")),
        _ => TakeEnd(transaction, nodeId, message, AttemptEnd.GivenBack, null),
    });

    /// <summary>Takes a node's word that an accepted output stands under its name, or cannot be put there. May be repeated.</summary>
    public Task<AttemptReply> TakePublishedAsync(string nodeId, PublishedMessage message) =>
        WriteAsync("take a published output", transaction => TakePublished(transaction, nodeId, message));

    private static AttemptReply TakeSuccess(StoreTransaction transaction, string nodeId, ResultMessage message, JobResult result, JobFile file)
    {
        if (LacksUpload(transaction.Db, nodeId, message.Key, file.Sha256))
        {
            return TakeEnd(transaction, nodeId, message, AttemptEnd.Failed, new JobError(
                ErrorClass.Network, "take a result: the output that was uploaded is not the one that the result names; it is made again"));
        }

        JobRow? job = transaction.Db.First(
            $"""
            UPDATE jobs SET state = 'publishing', lease_until = NULL, output_sha256 = $sha, result = $result, error_class = NULL, error_message = NULL
            WHERE {Fence} AND state IN ('assigned', 'running') RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            [.. FenceOf(nodeId, message.Key), ("$sha", file.Sha256), ("$result", JsonSerializer.Serialize(result, ContractsJson.Default.JobResult))]);
        if (job is null)
        {
            return WasAccepted(transaction.Db, nodeId, message.Key, file.Sha256) ? new AttemptReply(Verdict.Accepted) : Dropped(transaction.Db, message.Key);
        }

        JobLog.Write(transaction, job.Sequence, job.Attempt, nodeId, message.Log);
        JobLog.Write(transaction, job.Sequence, job.Attempt, "publishing");
        if (job.OutputUrl.StartsWith(UploadScheme, StringComparison.Ordinal))
        {
            Finish(transaction, job, PlaceUpload(transaction, job, file));
        }
        else
        {
            transaction.Tell(new StoreEvent.JobPublishing(job.Id));
        }

        return new AttemptReply(Verdict.Accepted);
    }

    private static AttemptReply TakeEnd(StoreTransaction transaction, string nodeId, ResultMessage message, AttemptEnd end, JobError? error)
    {
        string line = error is null ? "given back by its node" : $"{Names<ErrorClass>.Of(error.Class)}: {error.Message}";
        if (End(transaction, new AttemptEnding(nodeId, message.Key, end, error, line) { Log = message.Log }) is not null)
        {
            return new AttemptReply(Verdict.Accepted);
        }

        bool repeated = transaction.Db.Number(
            $"SELECT 1 FROM jobs WHERE {Fence} AND state IN ('queued', 'failed', 'timed_out')", FenceOf(nodeId, message.Key)) is not null;
        return repeated ? new AttemptReply(Verdict.Accepted) : Dropped(transaction.Db, message.Key);
    }

    private static AttemptReply TakePublished(StoreTransaction transaction, string nodeId, PublishedMessage message)
    {
        JobRow? job = transaction.Db.First(
            $"SELECT {JobRows.Columns} FROM jobs WHERE {Fence} AND state = 'publishing'", JobRows.Read, FenceOf(nodeId, message.Key));
        if (job is not null)
        {
            Finish(transaction, job, message.Error);
            return new AttemptReply(Verdict.Accepted);
        }

        bool repeated = transaction.Db.Number(
            $"SELECT 1 FROM jobs WHERE {Fence} AND state IN ('completed', 'failed') AND output_sha256 IS NOT NULL", FenceOf(nodeId, message.Key)) is not null;
        return repeated ? new AttemptReply(Verdict.Accepted) : Dropped(transaction.Db, message.Key);
    }

    /// <summary>Gives a staged output its name.</summary>
    /// <returns>Why it cannot have it; null when it has.</returns>
    private static JobError? PlaceUpload(StoreTransaction transaction, JobRow job, JobFile file)
    {
        string name = job.OutputUrl[UploadScheme.Length..];
        FileRow? there = FindByName(transaction.Db, name);
        if (there is { State: FileState.Complete } && there.Sha256 == file.Sha256)
        {
            return null;
        }

        if (IsTaken(job.IfExists, there))
        {
            return new JobError(ErrorClass.Settings, OutputTakenText(job.OutputUrl));
        }

        if (there is not null && IsNeeded(transaction.Db, name, job.Id))
        {
            return new JobError(ErrorClass.Settings, $"place output '{job.OutputUrl}': the file of this name is the input of a job that has not ended; choose another name");
        }

        RemoveName(transaction, name);
        transaction.Db.Execute("UPDATE files SET name = $name, state = 'complete' WHERE job_id = $job AND state = 'staged'", ("$name", name), ("$job", job.Id));
        return null;
    }

    // An upload that is not finished is no file yet, and may never be one.
    private static bool IsTaken(IfExists ifExists, FileRow? there) => ifExists == IfExists.Fail && there is { State: FileState.Complete };

    /// <summary>Whether a held attempt reports an uploaded output that is not here.</summary>
    private static bool LacksUpload(Db db, string nodeId, AttemptKey key, string sha256) => db.Number(
        $"""
        SELECT 1 FROM jobs WHERE {Fence} AND state IN ('assigned', 'running') AND output_url LIKE 'upload:%'
            AND NOT EXISTS (SELECT 1 FROM files WHERE job_id = jobs.id AND files.attempt = jobs.attempt AND files.state = 'staged' AND sha256 = $sha)
        """,
        [.. FenceOf(nodeId, key), ("$sha", sha256)]) is not null;

    private static void Finish(StoreTransaction transaction, JobRow job, JobError? error)
    {
        JobState state = error is null ? JobState.Completed : JobState.Failed;
        transaction.Db.Execute(
            """
            UPDATE jobs SET state = $state, finished_at = $now, error_class = $class, error_message = $message,
                result = CASE WHEN $class IS NULL THEN result END
            WHERE seq = $seq
            """,
            ("$seq", job.Sequence),
            ("$state", Names<JobState>.Of(state)),
            ("$now", transaction.Now),
            ("$class", error is null ? null : Names<ErrorClass>.Of(error.Class)),
            ("$message", error?.Message));
        string line = error is null ? "completed" : $"failed: {error.Message}";
        JobLog.Write(transaction, job.Sequence, job.Attempt, line);
        ReleaseStaged(transaction, job.Id);
        transaction.Tell(new StoreEvent.AttemptOver(job with { Error = error }, state, line) { Error = error });
    }

    private static bool WasAccepted(Db db, string nodeId, AttemptKey key, string sha256) => db.Number(
        $"SELECT 1 FROM jobs WHERE {Fence} AND output_sha256 = $sha", [.. FenceOf(nodeId, key), ("$sha", sha256)]) is not null;

    private static AttemptReply Dropped(Db db, AttemptKey key) => new(Verdict.Drop, JobRows.Find(db, key.JobId) switch
    {
        null => "there is no such job",
        { State: JobState.Canceled } => "the job was canceled",
        { } job when job.Token != key.Token => "another attempt holds the job",
        { } job => $"the job is {Names<JobState>.Of(job.State)}",
    });

    private static bool IsHash(string text) => text.Length == HashDigits && text.All(char.IsAsciiHexDigitLower);
}
