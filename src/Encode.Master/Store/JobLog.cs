using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <summary>The append-only log of each job. Every change of a job's state writes its line in the same transaction.</summary>
internal static class JobLog
{
    /// <summary>Lines kept of a job, the newest: enough for every attempt's own <see cref="MessageLimits.LogLines"/> of a usual job.</summary>
    public const int MaxLines = 2000;

    /// <summary>Writes a line of the master's own.</summary>
    public static void Write(StoreTransaction transaction, long sequence, int attempt, string line) =>
        Write(transaction, sequence, attempt, nodeId: null, [line]);

    /// <summary>Writes lines; too long ones are cut, the oldest beyond <see cref="MaxLines"/> go.</summary>
    public static void Write(StoreTransaction transaction, long sequence, int attempt, string? nodeId, IEnumerable<string> lines)
    {
        foreach (string line in lines.Take(MaxLines))
        {
            transaction.Db.Execute(
                "INSERT INTO job_events (job_seq, at, attempt, node_id, line) VALUES ($job, $at, $attempt, $node, $line)",
                ("$job", sequence),
                ("$at", transaction.Now),
                ("$attempt", attempt),
                ("$node", nodeId),
                ("$line", line.Length <= MessageLimits.LogLineChars ? line : line[..MessageLimits.LogLineChars]));
        }

        transaction.Db.Execute(
            """
            DELETE FROM job_events WHERE job_seq = $job AND id <=
                (SELECT id FROM job_events WHERE job_seq = $job ORDER BY id DESC LIMIT 1 OFFSET $keep)
            """,
            ("$job", sequence),
            ("$keep", MaxLines));
    }

    /// <summary>Every line that is kept of a job, oldest first.</summary>
    public static List<LogLine> Read(Db db, long sequence) => db.Query(
        "SELECT at, attempt, node_id, line FROM job_events WHERE job_seq = $job ORDER BY id",
        row => new LogLine(DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0)), row.GetInt32(1), JobRows.TextOf(row, 2), row.GetString(3)),
        ("$job", sequence));
}
