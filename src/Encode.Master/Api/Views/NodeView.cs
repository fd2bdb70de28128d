using Encode.Contracts.Nodes;
using Encode.Master.Store;

namespace Encode.Master.Api;

/// <summary>A node as users see it. Times are UTC.</summary>
public sealed record NodeView
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required NodeState State { get; init; }

    public required int Slots { get; init; }

    public required int SlotsFree { get; init; }

    public required double HeartbeatSeconds { get; init; }

    public required IReadOnlyList<string> MediaRoots { get; init; }

    public required DateTime RegisteredAt { get; init; }

    public required DateTime LastSeenAt { get; init; }

    public required NodeCapabilities Capabilities { get; init; }

    /// <summary>A row as users see it.</summary>
    public static NodeView Of(NodeRow row) => new()
    {
        Id = row.Id,
        Name = row.Name,
        State = row.State,
        Slots = row.Slots,
        SlotsFree = row.SlotsFree,
        HeartbeatSeconds = row.HeartbeatSeconds,
        MediaRoots = row.MediaRoots,
        RegisteredAt = row.RegisteredAt.UtcDateTime,
        LastSeenAt = row.LastSeenAt.UtcDateTime,
        Capabilities = row.Capabilities,
    };
}
