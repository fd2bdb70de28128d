using Encode.Contracts.Nodes;

namespace Encode.Master.Store;

/// <summary>A registration whose signature was found right.</summary>
public sealed record NodeRegistration
{
    /// <summary>The node's id, derived from its key.</summary>
    public required string NodeId { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>The public half of its NKey.</summary>
    public required string PublicKey { get; init; }

    /// <summary>What the host can do.</summary>
    public required NodeCapabilities Capabilities { get; init; }

    /// <summary>Jobs it runs at once.</summary>
    public required int Slots { get; init; }

    /// <summary>How often it will send heartbeats, in seconds.</summary>
    public required double HeartbeatSeconds { get; init; }

    /// <summary>Folders that <c>file:</c> URLs may name on it.</summary>
    public IReadOnlyList<string> MediaRoots { get; init; } = [];

    /// <summary>SHA-256 of the node token that this registration minted, lower-case hex. The token itself is not stored.</summary>
    public required string TokenSha256 { get; init; }

    /// <summary>SHA-256 of the client certificate that it showed, lower-case hex; null when none was asked for.</summary>
    public string? CertificateSha256 { get; init; }
}
