using Encode.Contracts.Messages;

namespace Encode.Messaging;

/// <summary>
/// What the master does with messages of nodes. The first argument is the node that the subject belongs to: the broker has
/// checked that the sender is that node, and the master compares it with the row. Null answers nothing; the node asks again.
/// </summary>
public sealed record MasterHandlers
{
    /// <summary>A node's sign of life.</summary>
    public required Func<string, Heartbeat, CancellationToken, ValueTask<HeartbeatReply?>> OnHeartbeat { get; init; }

    /// <summary>How far an attempt is.</summary>
    public required Func<string, ProgressMessage, CancellationToken, ValueTask> OnProgress { get; init; }

    /// <summary>An attempt ended.</summary>
    public required Func<string, ResultMessage, CancellationToken, ValueTask<AttemptReply?>> OnResult { get; init; }

    /// <summary>Outputs stand under their names.</summary>
    public required Func<string, PublishedMessage, CancellationToken, ValueTask<AttemptReply?>> OnPublished { get; init; }
}
