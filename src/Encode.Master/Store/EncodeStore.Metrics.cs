using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;

namespace Encode.Master.Store;

/// <content>What monitors are told: counts that triggers keep, so that asking costs the same with one job and with a million.</content>
public sealed partial class EncodeStore
{
    /// <summary>Counts jobs, nodes and files.</summary>
    /// <exception cref="StoreException">The database cannot be read.</exception>
    public Task<FarmCounts> CountAsync() => ReadAsync("count jobs, nodes and files", db => new FarmCounts(
        CountJobs(db),
        CountNodes(db),
        db.Query("SELECT state, files, bytes FROM file_counts", row => new FarmCounts.FileCount(Names<FileState>.Parse(row.GetString(0)), row.GetInt64(1), row.GetInt64(2))),
        path.Length == 0 ? db.Number("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0 : LengthOf(path),
        path.Length == 0 ? 0 : LengthOf(path + "-wal")));

    private static List<FarmCounts.JobCount> CountJobs(Db db) => db.Query(
        "SELECT state, queue, error_class, jobs FROM job_counts",
        row => new FarmCounts.JobCount(
            Names<JobState>.Parse(row.GetString(0)),
            (JobQueue)row.GetInt32(1),
            row.GetString(2) is { Length: > 0 } name ? Names<ErrorClass>.Parse(name) : null,
            row.GetInt64(3)));

    // The same rule as in NodeRows, without reading what each host can do.
    private List<FarmCounts.NodeCount> CountNodes(Db db) => db.Query(
        $"""
        SELECT CASE WHEN gone OR $now >= last_seen_at + 1000 * heartbeat_seconds * {MessageLimits.LeaseHeartbeats} THEN 'offline'
                    WHEN draining OR drain_wanted THEN 'draining' ELSE 'online' END AS state,
            count(*), sum(slots), sum(slots_free)
        FROM nodes WHERE removed_at IS NULL GROUP BY 1
        """,
        row => new FarmCounts.NodeCount(Names<NodeState>.Parse(row.GetString(0)), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)),
        ("$now", clock.GetUtcNow().ToUnixTimeMilliseconds()));

    // Looked at, not opened: closing a second descriptor of the file would drop SQLite's locks.
    private static long LengthOf(string file)
    {
        FileInfo info = new(file);
        return info.Exists ? info.Length : 0;
    }
}
