using Encode.Contracts.Nodes;

namespace Encode.Contracts.Messages;

/// <summary>
/// An agent's sign of life: what it holds and what it could take. The same body travels over NATS (<c>heartbeat</c>) and over
/// HTTPS (<c>POST /nodes/{id}/reconcile</c>).
/// </summary>
public sealed record Heartbeat
{
    /// <summary>Which agent process this is: random at its start, so that a restart is seen.</summary>
    public required string Incarnation { get; init; }

    /// <summary>Counts up from 1 within an incarnation; a smaller one that arrives later is stale.</summary>
    public required long Sequence { get; init; }

    /// <summary>Slots in all.</summary>
    public required int SlotsTotal { get; init; }

    /// <summary>Slots that would take a job now.</summary>
    public required int SlotsFree { get; init; }

    /// <summary>Whether the agent is shutting down and takes no more work.</summary>
    public bool Draining { get; init; }

    /// <summary>Whether this is its last word: it holds nothing and ends.</summary>
    public bool Leaving { get; init; }

    /// <summary>Every attempt it holds.</summary>
    public required IReadOnlyList<HeldAttempt> Held { get; init; }

    /// <summary>Whether the node's NATS user JWT wants renewing. Answered over HTTPS alone: the broker itself is no place to hand it out.</summary>
    public bool WantsUserJwt { get; init; }

    /// <summary>What its host can do; null in heartbeats that follow one which was answered, since it does not change within an incarnation.</summary>
    public NodeCapabilities? Capabilities { get; init; }
}
