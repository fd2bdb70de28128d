using System.Text.Json;
using Encode.Contracts.Json;
using Encode.Contracts.Nodes;

namespace Encode.Master.Store;

/// <content>Nodes: who registered, who is alive, who may read what.</content>
public sealed partial class EncodeStore
{
    /// <summary>Every node, by name.</summary>
    public Task<IReadOnlyList<NodeRow>> ListNodesAsync() => ReadAsync<IReadOnlyList<NodeRow>>("list nodes", db =>
    {
        DateTimeOffset now = clock.GetUtcNow();
        return db.Query($"SELECT {NodeRows.Columns} FROM nodes WHERE removed_at IS NULL ORDER BY name", row => NodeRows.Read(row, now));
    });

    /// <summary>A node by its id; null when there is none.</summary>
    public Task<NodeRow?> GetNodeAsync(string nodeId) => ReadAsync("read a node", db => FindNode(db, nodeId));

    /// <summary>The node that a node token belongs to; null when it is nobody's.</summary>
    /// <param name="tokenSha256">SHA-256 of the token, lower-case hex.</param>
    public Task<NodeRow?> FindNodeByTokenAsync(string tokenSha256) => ReadAsync("check a node's token", db =>
    {
        DateTimeOffset now = clock.GetUtcNow();
        return db.First($"SELECT {NodeRows.Columns} FROM nodes WHERE token_sha256 = $token", row => NodeRows.Read(row, now), ("$token", tokenSha256));
    });

    /// <summary>Registers a node, or refuses when another key holds its name and is alive.</summary>
    public Task<RegisterResult> RegisterNodeAsync(NodeRegistration registration) =>
        WriteAsync($"register node '{registration.Name}'", transaction => Register(transaction, registration));

    /// <summary>Whether a node holds a job whose input is this file.</summary>
    public Task<bool> NodeMayReadFileAsync(string nodeId, string name) => ReadAsync("check a node's right to a file", db => db.Number(
        """
        SELECT 1 FROM jobs WHERE node_id = $node AND input_url = $url
            AND state IN ('assigned', 'running', 'paused', 'publishing') LIMIT 1
        """,
        ("$node", nodeId),
        ("$url", UploadScheme + name)) is not null);

    private RegisterResult Register(StoreTransaction transaction, NodeRegistration registration)
    {
        if (IsRemoved(transaction.Db, registration.NodeId))
        {
            return new RegisterResult(false, null);
        }

        DateTimeOffset now = clock.GetUtcNow();
        NodeRow? holder = transaction.Db.First(
            $"SELECT {NodeRows.Columns} FROM nodes WHERE name = $name AND id <> $id",
            row => NodeRows.Read(row, now),
            ("$name", registration.Name),
            ("$id", registration.NodeId));
        if (holder is not null)
        {
            // After the master's own start nobody could be heard: each name is kept until its node would be offline.
            bool waitedForIt = now >= openedAt + holder.Patience;
            if (holder.State != NodeState.Offline || (!waitedForIt && holder.LastSeenAt < openedAt))
            {
                return new RegisterResult(false, holder);
            }

            transaction.Db.Execute("UPDATE nodes SET name = name || '-' || id WHERE id = $id", ("$id", holder.Id));
        }

        Upsert(transaction, registration);
        NoteCertificate(transaction, registration);
        NodeRow node = FindNode(transaction.Db, registration.NodeId)!;
        transaction.Tell(new StoreEvent.NodeRegistered(node));
        return new RegisterResult(true, node);
    }

    private static void Upsert(StoreTransaction transaction, NodeRegistration registration) => transaction.Db.Execute(
        """
        INSERT INTO nodes (id, name, public_key, capabilities, media_roots, slots, heartbeat_seconds, token_sha256, registered_at, last_seen_at)
        VALUES ($id, $name, $key, $capabilities, $roots, $slots, $heartbeat, $token, $now, $now)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, public_key = excluded.public_key, capabilities = excluded.capabilities,
            media_roots = excluded.media_roots, slots = excluded.slots, heartbeat_seconds = excluded.heartbeat_seconds,
            token_sha256 = excluded.token_sha256, registered_at = excluded.registered_at, last_seen_at = excluded.last_seen_at,
            slots_free = 0, draining = 0, gone = 0
        """,
        ("$id", registration.NodeId),
        ("$name", registration.Name),
        ("$key", registration.PublicKey),
        ("$capabilities", JsonSerializer.Serialize(registration.Capabilities, ContractsJson.Default.NodeCapabilities)),
        ("$roots", JsonSerializer.Serialize(registration.MediaRoots, ContractsJson.Default.IReadOnlyListString)),
        ("$slots", registration.Slots),
        ("$heartbeat", registration.HeartbeatSeconds),
        ("$token", registration.TokenSha256),
        ("$now", transaction.Now));

    private NodeRow? FindNode(Db db, string nodeId)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return db.First($"SELECT {NodeRows.Columns} FROM nodes WHERE id = $id AND removed_at IS NULL", row => NodeRows.Read(row, now), ("$id", nodeId));
    }
}
