using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;

namespace Encode.Master.Store;

/// <summary>A registered node.</summary>
public sealed record NodeRow
{
    /// <summary>Its id, derived from its key.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>The public half of its NKey.</summary>
    public required string PublicKey { get; init; }

    /// <summary>What the host can do.</summary>
    public required NodeCapabilities Capabilities { get; init; }

    /// <summary>Jobs it runs at once.</summary>
    public required int Slots { get; init; }

    /// <summary>Slots that were free at the last heartbeat.</summary>
    public required int SlotsFree { get; init; }

    /// <summary>How often it sends heartbeats, in seconds.</summary>
    public required double HeartbeatSeconds { get; init; }

    /// <summary>Folders that <c>file:</c> URLs may name on it.</summary>
    public required IReadOnlyList<string> MediaRoots { get; init; }

    /// <summary>Which process of the agent spoke last; null before the first heartbeat.</summary>
    public string? Incarnation { get; init; }

    /// <summary>Whether it is to take no more work: said by itself or by a user.</summary>
    public required bool Draining { get; init; }

    /// <summary>Whether an operator wants it to take no more work.</summary>
    public bool DrainWanted { get; init; }

    /// <summary>When it registered last.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>When it was last heard of.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>Where it stands, as of when the row was read.</summary>
    public required NodeState State { get; init; }

    /// <summary>After how long without a word it is offline: three heartbeats.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(HeartbeatSeconds * MessageLimits.LeaseHeartbeats);

    /// <summary>How long its leases last: three heartbeats too, but long enough for a start of the master.</summary>
    public TimeSpan Lease => TimeSpan.FromSeconds(Math.Max(HeartbeatSeconds * MessageLimits.LeaseHeartbeats, MessageLimits.LeastLeaseSeconds));
}
