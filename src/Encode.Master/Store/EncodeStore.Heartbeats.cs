using System.Text.Json;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;

namespace Encode.Master.Store;

/// <content>Heartbeats: a node is alive, its leases are renewed, and it is told what is not its own.</content>
public sealed partial class EncodeStore
{
    /// <summary>Takes a node's sign of life, one that HeartbeatRules lets pass.</summary>
    /// <returns>A word on each attempt that it named; null when no such node is registered.</returns>
    public Task<HeartbeatReply?> HeartbeatAsync(string nodeId, Heartbeat heartbeat)
    {
        DateTimeOffset receivedAt = clock.GetUtcNow();
        return WriteAsync("take a heartbeat", transaction => TakeHeartbeat(transaction, nodeId, heartbeat, receivedAt));
    }

    private HeartbeatReply? TakeHeartbeat(StoreTransaction transaction, string nodeId, Heartbeat heartbeat, DateTimeOffset receivedAt)
    {
        // A message that was overtaken changes nothing; it is answered all the same.
        bool fresh = transaction.Db.Execute(
            """
            UPDATE nodes SET incarnation = $incarnation, sequence = $sequence, slots = $slots, slots_free = $free,
                draining = $draining, gone = $gone, last_seen_at = $now, capabilities = coalesce($capabilities, capabilities)
            WHERE id = $id AND removed_at IS NULL AND (incarnation IS NULL OR incarnation <> $incarnation OR sequence < $sequence)
            """,
            ("$id", nodeId),
            ("$incarnation", heartbeat.Incarnation),
            ("$sequence", heartbeat.Sequence),
            ("$slots", Math.Max(0, heartbeat.SlotsTotal)),
            ("$free", Math.Max(0, heartbeat.SlotsFree)),
            ("$draining", heartbeat.Draining),
            ("$gone", heartbeat.Leaving && heartbeat.Held.Count == 0),
            ("$capabilities", heartbeat.Capabilities is { } capabilities ? JsonSerializer.Serialize(capabilities, ContractsJson.Default.NodeCapabilities) : null),
            ("$now", transaction.Now)) > 0;
        if (FindNode(transaction.Db, nodeId) is not { } node)
        {
            return null;
        }

        long leaseUntil = transaction.Now + (long)node.Lease.TotalMilliseconds;
        HeldReply[] replies = [.. heartbeat.Held.Select(held => Answer(transaction, nodeId, held, fresh ? leaseUntil : null))];
        if (fresh)
        {
            if (heartbeat.Capabilities is not null)
            {
                transaction.Tell(new StoreEvent.NodeRegistered(node));
            }

            HashSet<string> confirmed = [.. replies.Where(reply => reply.Verdict == Verdict.Accepted).Select(reply => reply.Key.JobId)];
            transaction.Tell(new StoreEvent.NodeHeard(node, heartbeat, confirmed, DateTimeOffset.FromUnixTimeMilliseconds(leaseUntil), receivedAt));
        }

        return new HeartbeatReply(replies, node.Lease.TotalSeconds, node.DrainWanted);
    }

    // Without a new end of the lease the message was overtaken, and its word on the phase is old too.
    private static HeldReply Answer(StoreTransaction transaction, string nodeId, HeldAttempt held, long? leaseUntil)
    {
        if (leaseUntil is not null)
        {
            MarkPhase(transaction, nodeId, held);
        }

        bool renewed = transaction.Db.Execute(
            $"UPDATE jobs SET lease_until = max(lease_until, $lease) WHERE {Fence} AND state IN ('assigned', 'running', 'paused')",
            [.. FenceOf(nodeId, held.Key), ("$lease", leaseUntil ?? 0)]) > 0;
        bool own = renewed || transaction.Db.Number($"SELECT 1 FROM jobs WHERE {Fence} AND state = 'publishing'", FenceOf(nodeId, held.Key)) is not null;
        return new HeldReply(held.Key, own ? Verdict.Accepted : Verdict.Drop, own ? WishOf(transaction.Db, nodeId, held) : null);
    }

    private static void MarkPhase(StoreTransaction transaction, string nodeId, HeldAttempt held)
    {
        if (held.Phase is AttemptPhase.Encoding or AttemptPhase.Verifying or AttemptPhase.Uploading)
        {
            _ = MarkResumed(transaction, nodeId, held.Key) || MarkRunning(transaction, nodeId, held.Key);
        }
        else if (held.Phase == AttemptPhase.Paused)
        {
            MarkPaused(transaction, nodeId, held.Key);
        }
    }
}
