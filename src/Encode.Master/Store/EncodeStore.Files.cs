using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <content>Names of files. A name is one row, so giving it, taking it and swapping it are each one step.</content>
public sealed partial class EncodeStore
{
    /// <summary>Begins or resumes an upload under a name.</summary>
    public Task<BeginFileResult> BeginFileAsync(string name) => WriteAsync($"upload '{name}'", transaction => Begin(transaction, name));

    /// <summary>Completes an upload whose content is on disk.</summary>
    /// <returns>The complete row; null when the upload was removed or finished in the meantime, or its name is reserved for a job's output.</returns>
    public Task<FileRow?> FinishFileAsync(string contentId, long bytes, string sha256) => WriteAsync("finish an upload", transaction => Finish(transaction, contentId, bytes, sha256));

    /// <summary>Removes an upload that nobody will resume. Nothing happens when it is complete or gone.</summary>
    public Task AbandonFileAsync(string contentId) => WriteAsync("abandon an upload", transaction => Release(transaction, transaction.Db.Query(
        "DELETE FROM files WHERE content_id = $content AND state = 'uploading' RETURNING content_id",
        row => row.GetString(0),
        ("$content", contentId))));

    /// <summary>Finds a file by name, complete or uploading; null when there is none.</summary>
    public Task<FileRow?> FindFileAsync(string name) => ReadAsync($"find '{name}'", db => FindByName(db, name));

    /// <summary>Files with a name, by name.</summary>
    public Task<IReadOnlyList<FileRow>> ListFilesAsync(int limit = 1000, string? after = null) => ReadAsync<IReadOnlyList<FileRow>>("list files", db => db.Query(
        $"SELECT {FileRows.Columns} FROM files WHERE name > $after ORDER BY name LIMIT $limit",
        FileRows.Read,
        ("$after", after ?? ""),
        ("$limit", limit)));

    /// <summary>Deletes a file by name. Its content is released by an event.</summary>
    public Task<DeleteFileOutcome> DeleteFileAsync(string name) => WriteAsync($"delete '{name}'", transaction => Delete(transaction, name));

    /// <summary>Whether this node holds this attempt now: asked before an output is received.</summary>
    public Task<bool> HoldsAsync(string nodeId, AttemptKey key) => ReadAsync("check a lease", db => Holds(db, nodeId, key));

    /// <summary>Records a file that was received for an attempt, in place of an earlier one of the same job and name.</summary>
    /// <returns>The row; null when the node does not hold the attempt any more, and then the content may be unlinked.</returns>
    public Task<FileRow?> StageAsync(string nodeId, AttemptKey key, string name, string contentId, long bytes, string sha256) => WriteAsync("stage an output", transaction =>
    {
        if (!Holds(transaction.Db, nodeId, key))
        {
            return null;
        }

        Release(transaction, transaction.Db.Query(
            "DELETE FROM files WHERE job_id = $job AND state = 'staged' AND staged_name = $name RETURNING content_id",
            row => row.GetString(0),
            ("$job", key.JobId),
            ("$name", name)));
        return transaction.Db.First(
            $"""
            INSERT INTO files (content_id, state, staged_name, bytes, sha256, job_id, attempt, created_at)
            VALUES ($content, 'staged', $name, $bytes, $sha, $job, $attempt, $now) RETURNING {FileRows.Columns}
            """,
            FileRows.Read,
            ("$content", contentId),
            ("$name", name),
            ("$bytes", bytes),
            ("$sha", sha256),
            ("$job", key.JobId),
            ("$attempt", key.Attempt),
            ("$now", transaction.Now));
    });

    /// <summary>Finds what an attempt has staged under a name; null when there is nothing.</summary>
    public Task<FileRow?> FindStagedAsync(AttemptKey key, string name) => ReadAsync("find a staged output", db => db.First(
        $"SELECT {FileRows.Columns} FROM files WHERE job_id = $job AND attempt = $attempt AND state = 'staged' AND staged_name = $name",
        FileRows.Read,
        ("$job", key.JobId),
        ("$attempt", key.Attempt),
        ("$name", name)));

    /// <summary>Uploads that were begun before a time and are not finished: their content ids.</summary>
    public Task<IReadOnlyList<string>> ListUploadsAsync(TimeSpan age) => ReadAsync<IReadOnlyList<string>>("list uploads", db => db.Query(
        "SELECT content_id FROM files WHERE state = 'uploading' AND created_at < $before",
        row => row.GetString(0),
        ("$before", (clock.GetUtcNow() - age).ToUnixTimeMilliseconds())));

    /// <summary>Whether a row names this content as finished: at start, what none names is unlinked.</summary>
    public Task<bool> IsContentKnownAsync(string contentId) => ReadAsync("look for content", db => db.Number(
        "SELECT 1 FROM files WHERE content_id = $content AND state <> 'uploading'", ("$content", contentId)) is not null);

    private BeginFileResult Begin(StoreTransaction transaction, string name)
    {
        string? reserved = ReservedFor(transaction.Db, name, exceptJobId: "");
        if (FindByName(transaction.Db, name) is { } there)
        {
            return new BeginFileResult(there.State == FileState.Uploading && reserved is null, there) { ReservedFor = there.State == FileState.Uploading ? reserved : null };
        }

        if (reserved is not null)
        {
            return new BeginFileResult(false, new FileRow { ContentId = "", State = FileState.Uploading, Bytes = 0, Attempt = 0, CreatedAt = default }) { ReservedFor = reserved };
        }

        FileRow row = transaction.Db.First(
            $"INSERT INTO files (content_id, name, state, created_at) VALUES ($content, $name, 'uploading', $now) RETURNING {FileRows.Columns}",
            FileRows.Read,
            ("$content", NewId()),
            ("$name", name),
            ("$now", transaction.Now))!;
        return new BeginFileResult(true, row);
    }

    private static FileRow? Finish(StoreTransaction transaction, string contentId, long bytes, string sha256)
    {
        string? name = transaction.Db.Text("SELECT name FROM files WHERE content_id = $content AND state = 'uploading'", ("$content", contentId));
        return name is null || ReservedFor(transaction.Db, name, exceptJobId: "") is not null ? null : transaction.Db.First(
            $"UPDATE files SET state = 'complete', bytes = $bytes, sha256 = $sha WHERE content_id = $content AND state = 'uploading' RETURNING {FileRows.Columns}",
            FileRows.Read,
            ("$content", contentId),
            ("$bytes", bytes),
            ("$sha", sha256));
    }

    private static DeleteFileOutcome Delete(StoreTransaction transaction, string name)
    {
        if (IsNeeded(transaction.Db, name, exceptJobId: ""))
        {
            return DeleteFileOutcome.Needed;
        }

        return RemoveName(transaction, name) ? DeleteFileOutcome.Deleted : DeleteFileOutcome.Missing;
    }

    private static FileRow? FindByName(Db db, string name) =>
        db.First($"SELECT {FileRows.Columns} FROM files WHERE name = $name", FileRows.Read, ("$name", name));

    private static bool IsNeeded(Db db, string name, string exceptJobId) => db.Number(
        """
        SELECT 1 FROM jobs WHERE input_url = $url AND id <> $except
            AND state IN ('queued', 'assigned', 'running', 'paused', 'publishing') LIMIT 1
        """,
        ("$url", UploadScheme + name),
        ("$except", exceptJobId)) is not null;

    private static bool Holds(Db db, string nodeId, AttemptKey key) => db.Number(
        """
        SELECT 1 FROM jobs WHERE id = $id AND attempt = $attempt AND token = $token AND node_id = $node
            AND state IN ('assigned', 'running', 'paused')
        """,
        ("$id", key.JobId),
        ("$attempt", key.Attempt),
        ("$token", key.Token),
        ("$node", nodeId)) is not null;

    private static bool RemoveName(StoreTransaction transaction, string name) => Release(
        transaction,
        transaction.Db.Query("DELETE FROM files WHERE name = $name RETURNING content_id", row => row.GetString(0), ("$name", name)));

    private static void ReleaseStaged(StoreTransaction transaction, string jobId) => Release(
        transaction,
        transaction.Db.Query("DELETE FROM files WHERE job_id = $job AND state = 'staged' RETURNING content_id", row => row.GetString(0), ("$job", jobId)));

    private static bool Release(StoreTransaction transaction, List<string> contentIds)
    {
        foreach (string contentId in contentIds)
        {
            transaction.Tell(new StoreEvent.ContentReleased(contentId));
        }

        return contentIds.Count > 0;
    }
}
