using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <content>
/// Results. An acceptance moves the job to publishing and records the hash of all its files in one UPDATE; when no row changed and the
/// row carries this very token and hash, the first answer was lost and the same answer is given again.
///
/// An output of the agent's own (<c>file:</c>) is renamed by the agent, which then reports <c>published</c>. An uploaded output (<c>upload:</c>) was
/// staged before, fenced by the same token; its name is a row here, so naming and completion are one transaction: the acceptance itself where a
/// job has nothing but uploads, else that of <c>published</c>, so that what the agent cannot place is missing here too. A name that is seen to
/// be taken by then ends such a job before the agent places anything.
/// </content>
public sealed partial class EncodeStore
{
    private const int HashDigits = 64;

    private static readonly JobError NotTheFiles = new(
        ErrorClass.Platform, "take a result: the node reported a success without the job's files and their SHA-256; its agent is of another version");

    /// <summary>Takes the end of an attempt as its node reports it. May be repeated until it is answered.</summary>
    public Task<AttemptReply> TakeResultAsync(string nodeId, ResultMessage message) => WriteAsync("take a result", transaction =>
    {
        MarkResumed(transaction, nodeId, message.Key, hasEnded: true);
        return TakeResult(transaction, nodeId, message);
    });

    /// <summary>Takes a node's word that an accepted output stands under its name, or cannot be put there. May be repeated.</summary>
    public Task<AttemptReply> TakePublishedAsync(string nodeId, PublishedMessage message) =>
        WriteAsync("take a published output", transaction => TakePublished(transaction, nodeId, message));

    private static AttemptReply TakeResult(StoreTransaction transaction, string nodeId, ResultMessage message) => message.Outcome switch
    {
        Outcome.Succeeded when message.Result is { Files.Count: > 0 } result && result.Files.All(file => file is not null && IsHash(file.Sha256) && file.Bytes >= 0) =>
            TakeSuccess(transaction, nodeId, message, result),
        Outcome.Succeeded => Refuse(transaction, nodeId, message, NotTheFiles),
        Outcome.Failed => TakeEnd(transaction, nodeId, message, AttemptEnd.Failed, message.Error ?? new JobError(
            ErrorClass.Platform, "take a result: the node reported a failure without a cause")),
        Outcome.TimedOut => TakeEnd(transaction, nodeId, message, AttemptEnd.TimedOut, message.Error ?? new JobError(
            ErrorClass.Resource, "encode: the attempt ran longer than timeout_seconds allows; allow more, or choose a quicker scenario")),
        _ => TakeEnd(transaction, nodeId, message, AttemptEnd.GivenBack, null),
    };

    private static AttemptReply TakeSuccess(StoreTransaction transaction, string nodeId, ResultMessage message, JobResult result)
    {
        string sha256 = HashOf(result.Files);
        JobRow? held = transaction.Db.First(
            $"SELECT {JobRows.Columns} FROM jobs WHERE {Fence} AND state IN ('assigned', 'running')", JobRows.Read, FenceOf(nodeId, message.Key));
        if (held is null)
        {
            return WasAccepted(transaction.Db, nodeId, message.Key, sha256) ? new AttemptReply(Verdict.Accepted) : Dropped(transaction.Db, message.Key);
        }

        if (WhatIsWrong(transaction.Db, held, result.Files) is { } wrong)
        {
            return Refuse(transaction, nodeId, message, wrong);
        }

        bool agentPlaces = !held.Outputs.All(IsUpload);
        if (agentPlaces && WhyNotPlaced(transaction.Db, held, result.Files) is { } taken)
        {
            return Refuse(transaction, nodeId, message, taken);
        }

        JobRow accepted = Accept(transaction, nodeId, message, sha256);
        if (agentPlaces)
        {
            transaction.Tell(new StoreEvent.JobPublishing(accepted.Id));
        }
        else
        {
            Finish(transaction, accepted, PlaceUploads(transaction, accepted, result.Files));
        }

        return new AttemptReply(Verdict.Accepted);
    }

    /// <summary>Ends an attempt whose success is none. The answer is a drop: an agent that heard "accepted" would put its files under their names.</summary>
    private static AttemptReply Refuse(StoreTransaction transaction, string nodeId, ResultMessage message, JobError why)
    {
        TakeEnd(transaction, nodeId, message, AttemptEnd.Failed, why);
        return Dropped(transaction.Db, message.Key);
    }

    private static JobRow Accept(StoreTransaction transaction, string nodeId, ResultMessage message, string sha256)
    {
        JobRow job = transaction.Db.First(
            $"""
            UPDATE jobs SET state = 'publishing', lease_until = NULL, wish = NULL, output_sha256 = $sha, result = $result, error_class = NULL, error_message = NULL
            WHERE {Fence} AND state IN ('assigned', 'running') RETURNING {JobRows.Columns}
            """,
            JobRows.Read,
            [.. FenceOf(nodeId, message.Key), ("$sha", sha256), ("$result", JsonSerializer.Serialize(message.Result!, ContractsJson.Default.JobResult))])!;
        JobLog.Write(transaction, job.Sequence, job.Attempt, nodeId, message.Log);
        JobLog.Write(transaction, job.Sequence, job.Attempt, "publishing");
        return job;
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
            Finish(transaction, job, message.Error ?? PlaceUploads(transaction, job, job.Result!.Files));
            return new AttemptReply(Verdict.Accepted);
        }

        bool repeated = transaction.Db.Number(
            $"SELECT 1 FROM jobs WHERE {Fence} AND state IN ('completed', 'failed') AND output_sha256 IS NOT NULL", FenceOf(nodeId, message.Key)) is not null;
        return repeated ? new AttemptReply(Verdict.Accepted) : Dropped(transaction.Db, message.Key);
    }

    /// <summary>Whether a held attempt reports other files than its job has, or uploads that are not here.</summary>
    private static JobError? WhatIsWrong(Db db, JobRow job, IReadOnlyList<JobFile> files)
    {
        if (!JobFiles.AreOf(job.FileUrls, [.. files.Select(file => file.Url)], job.Outputs))
        {
            return NotTheFiles;
        }

        HashSet<string> staged =
        [
            .. db.Query(
                "SELECT staged_name, sha256 FROM files WHERE job_id = $job AND attempt = $attempt AND state = 'staged'",
                row => $"{row.GetString(1)} {row.GetString(0)}",
                ("$job", job.Id),
                ("$attempt", job.Attempt)),
        ];
        return files.Where(file => file.Url.StartsWith(UploadScheme, StringComparison.Ordinal)).All(file => staged.Contains($"{file.Sha256} {NameOf(file.Url)}"))
            ? null
            : new JobError(ErrorClass.Network, "take a result: the output that was uploaded is not the one that the result names; it is made again");
    }

    /// <summary>What stands for a whole result: of one file its own hash, of several the hash of their list.</summary>
    private static string HashOf(IReadOnlyList<JobFile> files) => files.Count == 1
        ? files[0].Sha256
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files.Select(file => $"{file.Sha256} {file.Url}\n")))));

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
        $"SELECT 1 FROM jobs WHERE {Fence} AND output_sha256 = $sha AND state IN ('publishing', 'completed')", [.. FenceOf(nodeId, key), ("$sha", sha256)]) is not null;

    private static AttemptReply Dropped(Db db, AttemptKey key) => new(Verdict.Drop, JobRows.Find(db, key.JobId) switch
    {
        null => "there is no such job",
        { State: JobState.Canceled } => "the job was canceled",
        { } job when job.Token != key.Token => "another attempt holds the job",
        { } job => $"the job is {Names<JobState>.Of(job.State)}",
    });

    private static bool IsHash(string text) => text.Length == HashDigits && text.All(char.IsAsciiHexDigitLower);
}
