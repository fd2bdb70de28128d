using Encode.Contracts.Nodes;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <summary>A node, as the core sees it.</summary>
public sealed record NodeView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What it can do.</summary>
    public required NodeCapabilities Capabilities { get; init; }

    /// <summary>Folders that <c>file:</c> URLs may name on it.</summary>
    public required IReadOnlyList<string> MediaRoots { get; init; }

    /// <summary>Jobs it runs at once.</summary>
    public required int Slots { get; init; }

    /// <summary>Slots that were neither free nor held at its last heartbeat: a cell that is being replaced, say.</summary>
    public int SlotsAway { get; init; }

    /// <summary>Attempts it named at its last heartbeat that fill no slot any more: they upload, or wait for an answer.</summary>
    public int HeldWithoutSlot { get; init; }

    /// <summary>Attempts that it has room for, those that it holds already included.</summary>
    public int Room => Slots - SlotsAway + HeldWithoutSlot;

    /// <summary>How long its leases last.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>After how long without a word it is offline.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Whether it takes no more work.</summary>
    public bool Draining { get; init; }

    /// <summary>Whether offers reach it: it was heard since it registered, and has answered since.</summary>
    public bool Listens { get; init; }

    /// <summary>When it was last heard of.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>What the core sees of a stored node. It gets nothing before it is heard.</summary>
    public static NodeView Of(NodeRow node) => new()
    {
        Id = node.Id,
        Capabilities = node.Capabilities,
        MediaRoots = node.MediaRoots,
        Slots = node.Slots,
        Lease = node.Lease,
        Patience = node.Patience,
        Draining = node.Draining,
        LastSeen = node.LastSeenAt,
    };

    /// <summary>Whether it would take a job now, if it has room.</summary>
    public bool TakesWork(DateTimeOffset now) => Listens && !Draining && now < LastSeen + Patience;
}
