using System.Text.Json;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Microsoft.Data.Sqlite;

namespace Encode.Master.Store;

/// <summary>Reads node rows. <see cref="Columns"/> and <see cref="Read"/> go together.</summary>
internal static class NodeRows
{
    /// <summary>What <see cref="Read"/> expects.</summary>
    public const string Columns =
        "id, name, public_key, capabilities, slots, slots_free, heartbeat_seconds, media_roots, incarnation, draining, registered_at, last_seen_at, gone, drain_wanted";

    /// <summary>Reads the row that the reader stands on.</summary>
    /// <param name="row">The reader.</param>
    /// <param name="now">The time that its state is told for.</param>
    public static NodeRow Read(SqliteDataReader row, DateTimeOffset now)
    {
        double heartbeatSeconds = row.GetDouble(6);
        bool drainWanted = row.GetBoolean(13);
        bool draining = row.GetBoolean(9) || drainWanted;
        DateTimeOffset lastSeenAt = JobRows.TimeOf(row, 11)!.Value;
        bool offline = row.GetBoolean(12) || now >= lastSeenAt.AddSeconds(heartbeatSeconds * MessageLimits.LeaseHeartbeats);
        return new NodeRow
        {
            Id = row.GetString(0),
            Name = row.GetString(1),
            PublicKey = row.GetString(2),
            Capabilities = JsonSerializer.Deserialize(row.GetString(3), ContractsJson.Default.NodeCapabilities)!,
            Slots = row.GetInt32(4),
            SlotsFree = row.GetInt32(5),
            HeartbeatSeconds = heartbeatSeconds,
            MediaRoots = JsonSerializer.Deserialize(row.GetString(7), ContractsJson.Default.IReadOnlyListString)!,
            Incarnation = JobRows.TextOf(row, 8),
            Draining = draining,
            DrainWanted = drainWanted,
            RegisteredAt = JobRows.TimeOf(row, 10)!.Value,
            LastSeenAt = lastSeenAt,
            State = offline ? NodeState.Offline : draining ? NodeState.Draining : NodeState.Online,
        };
    }
}
