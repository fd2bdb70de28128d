using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>Reads job rows. <see cref="Columns"/> and <see cref="Read"/> go together, column by column.</summary>
internal static class JobRows
{
    /// <summary>What <see cref="Read"/> expects, for a SELECT or a RETURNING.</summary>
    public const string Columns =
        "id, seq, state, queue, priority, attempt, token, node_id, lease_until, settings, input_url, outputs, " +
        "max_retries, retries_used, not_before, timeout_seconds, created_at, started_at, finished_at, result, error_class, error_message, failed_node, wish, left_on";

    /// <summary>Reads the row that the reader stands on.</summary>
    public static JobRow Read(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Sequence = row.GetInt64(1),
        State = Names<JobState>.Parse(row.GetString(2)),
        Queue = (JobQueue)row.GetInt32(3),
        Priority = (JobPriority)row.GetInt32(4),
        Attempt = row.GetInt32(5),
        Token = TextOf(row, 6),
        NodeId = TextOf(row, 7),
        LeaseUntil = TimeOf(row, 8),
        Settings = JsonSerializer.Deserialize(row.GetString(9), ContractsJson.Default.EncodeSettings)!,
        InputUrl = TextOf(row, 10),
        Outputs = JsonSerializer.Deserialize(row.GetString(11), ContractsJson.Default.IReadOnlyListJobOutput)!,
        MaxRetries = row.GetInt32(12),
        RetriesUsed = row.GetInt32(13),
        NotBefore = TimeOf(row, 14),
        TimeoutSeconds = row.GetInt32(15),
        CreatedAt = TimeOf(row, 16)!.Value,
        StartedAt = TimeOf(row, 17),
        FinishedAt = TimeOf(row, 18),
        Result = TextOf(row, 19) is { } result ? JsonSerializer.Deserialize(result, ContractsJson.Default.JobResult) : null,
        Error = TextOf(row, 20) is { } name ? new JobError(Names<ErrorClass>.Parse(name), row.GetString(21)) : null,
        FailedNodeId = TextOf(row, 22),
        Wish = TextOf(row, 23) is { } wish ? Names<JobWish>.Parse(wish) : null,
        LeftOnNodeId = TextOf(row, 24),
    };

    /// <summary>Finds a job by its id (32 hex digits) or its sequence number; null when there is none.</summary>
    public static JobRow? Find(Db db, string idOrSequence) => Locate(idOrSequence) switch
    {
        { Id: { } id } => db.First($"SELECT {Columns} FROM jobs WHERE id = $id", Read, ("$id", id)),
        { Sequence: { } sequence } => db.First($"SELECT {Columns} FROM jobs WHERE seq = $seq", Read, ("$seq", sequence)),
        _ => null,
    };

    /// <summary>
    /// Tells an id from a sequence number by its length alone: an id has 32 digits even when all of them are decimal, a
    /// sequence number has at most 18 and no leading zero, and everything else is neither.
    /// </summary>
    public static (string? Id, long? Sequence) Locate(string text)
    {
        const int IdDigits = 32;
        const int SequenceDigits = 18;
        if (text.Length == IdDigits)
        {
            return (text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null, null);
        }

        return text.Length is > 0 and <= SequenceDigits && text[0] != '0' && text.All(char.IsAsciiDigit)
            ? (null, long.Parse(text, System.Globalization.CultureInfo.InvariantCulture))
            : (null, null);
    }

    internal static string? TextOf(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    internal static DateTimeOffset? TimeOf(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
