using Encode.Contracts.Jobs;

namespace Encode.Master.Store;

/// <content>
/// What an operator does to nodes. A removed node's key is refused from then on, and its certificates, unless a node that stays shows the
/// same one. What it held waits again at once and costs no retry: the lease need not be waited for, since the fence refuses whatever the
/// node still sends.
/// </content>
public sealed partial class EncodeStore
{
    /// <summary>Sets whether an operator wants a node to take no more work; a restart of its agent does not change that.</summary>
    /// <returns>The node as it is now; null when there is none.</returns>
    public Task<NodeRow?> SetDrainAsync(string nodeId, bool drain) => WriteAsync("drain a node", transaction =>
    {
        transaction.Db.Execute("UPDATE nodes SET drain_wanted = $drain WHERE id = $id AND removed_at IS NULL", ("$id", nodeId), ("$drain", drain));
        NodeRow? node = FindNode(transaction.Db, nodeId);
        if (node is not null)
        {
            transaction.Tell(new StoreEvent.NodeDrained(node));
        }

        return node;
    });

    /// <summary>The public key of a node, removed or not; null when there never was one.</summary>
    public Task<string?> PublicKeyAsync(string nodeId) => ReadAsync("read a node's key", db =>
        db.First("SELECT public_key FROM nodes WHERE id = $id", row => row.GetString(0), ("$id", nodeId)));

    /// <summary>Removes a node for good: its key cannot register again.</summary>
    /// <returns>The node as it was; null when there is none.</returns>
    public Task<NodeRow?> RemoveNodeAsync(string nodeId) => WriteAsync($"remove node '{nodeId}'", transaction =>
    {
        if (FindNode(transaction.Db, nodeId) is not { } node)
        {
            return null;
        }

        // The name is free at once, and no token has this hash.
        transaction.Db.Execute(
            "UPDATE nodes SET removed_at = $now, name = name || '-' || id, token_sha256 = 'removed-' || id, slots_free = 0 WHERE id = $id",
            ("$id", nodeId),
            ("$now", transaction.Now));
        EndAllOf(transaction, node);
        transaction.Tell(new StoreEvent.NodeRemoved(nodeId));
        return node;
    });

    /// <summary>SHA-256 of each client certificate that only removed nodes registered with.</summary>
    public Task<IReadOnlyList<string>> RemovedCertificatesAsync() => ReadAsync<IReadOnlyList<string>>("read removed certificates", db => db.Query(
        """
        SELECT sha256 FROM node_certificates JOIN nodes ON nodes.id = node_id
        GROUP BY sha256 HAVING min(removed_at IS NOT NULL) = 1
        """,
        row => row.GetString(0)));

    /// <summary>Public keys of removed nodes.</summary>
    public Task<IReadOnlyList<string>> RemovedKeysAsync() => ReadAsync<IReadOnlyList<string>>("read removed nodes", db => db.Query(
        "SELECT public_key FROM nodes WHERE removed_at IS NOT NULL", row => row.GetString(0)));

    // A paused job stays paused: its user wants it to stand still. It begins anew, elsewhere, when it is to go on, or was to already.
    private static void EndAllOf(StoreTransaction transaction, NodeRow node)
    {
        List<JobRow> held = transaction.Db.Query(
            $"SELECT {JobRows.Columns} FROM jobs WHERE node_id = $node AND (state IN ('assigned', 'running', 'publishing') OR (state = 'paused' AND wish = 'resume'))",
            JobRows.Read,
            ("$node", node.Id));
        foreach (JobRow job in held)
        {
            if (job.State == JobState.Publishing)
            {
                // The output may stand under its name already, so that another attempt could find it taken.
                Finish(transaction, job, new JobError(
                    ErrorClass.Platform, $"publish the output on node {node.Id}: the node was removed meanwhile; look for it there, or submit the job again"));
            }
            else
            {
                End(transaction, new AttemptEnding(node.Id, job.Key!, AttemptEnd.NodeRemoved, null, $"node {node.Id} was removed"));
            }
        }
    }

    private static void NoteCertificate(StoreTransaction transaction, NodeRegistration registration)
    {
        if (registration.CertificateSha256 is { } sha256)
        {
            transaction.Db.Execute(
                "INSERT INTO node_certificates (sha256, node_id, first_seen_at) VALUES ($sha, $id, $now) ON CONFLICT DO NOTHING",
                ("$sha", sha256),
                ("$id", registration.NodeId),
                ("$now", transaction.Now));
        }
    }

    private static bool IsRemoved(Db db, string nodeId) => db.Number("SELECT 1 FROM nodes WHERE id = $id AND removed_at IS NOT NULL", ("$id", nodeId)) is not null;
}
