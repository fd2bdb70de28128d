using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>Reads file rows. <see cref="Columns"/> and <see cref="Read"/> go together.</summary>
internal static class FileRows
{
    /// <summary>What <see cref="Read"/> expects.</summary>
    public const string Columns = "content_id, name, state, bytes, sha256, job_id, attempt, created_at";

    /// <summary>Reads the row that the reader stands on.</summary>
    public static FileRow Read(SqliteDataReader row) => new()
    {
        ContentId = row.GetString(0),
        Name = JobRows.TextOf(row, 1),
        State = Names<FileState>.Parse(row.GetString(2)),
        Bytes = row.GetInt64(3),
        Sha256 = JobRows.TextOf(row, 4),
        JobId = JobRows.TextOf(row, 5),
        Attempt = row.GetInt32(6),
        CreatedAt = JobRows.TimeOf(row, 7)!.Value,
    };
}
