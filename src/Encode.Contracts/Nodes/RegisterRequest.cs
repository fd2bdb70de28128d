namespace Encode.Contracts.Nodes;

/// <summary>
/// Body of <c>POST /nodes/register</c>. Sent twice: without a signature it is answered 202 with a nonce, then again with the
/// nonce and its signature by the node's key.
/// </summary>
public sealed record RegisterRequest
{
    /// <summary>What people call the node; unique among nodes that are alive.</summary>
    public required string Name { get; init; }

    /// <summary>The public half of the node's NKey, a user key: <c>U…</c>.</summary>
    public required string PublicKey { get; init; }

    /// <summary>The nonce that the master sent.</summary>
    public string? Nonce { get; init; }

    /// <summary>Signature of the nonce's ASCII bytes by the node's key, base64url.</summary>
    public string? Signature { get; init; }

    /// <summary>What the host can do.</summary>
    public required NodeCapabilities Capabilities { get; init; }

    /// <summary>Jobs it runs at once.</summary>
    public required int Slots { get; init; }

    /// <summary>How often it will send heartbeats, in seconds.</summary>
    public required double HeartbeatSeconds { get; init; }

    /// <summary>Absolute folders that <c>file:</c> URLs may name on this node.</summary>
    public IReadOnlyList<string> MediaRoots { get; init; } = [];
}
