namespace Encode.Contracts.Nodes;

/// <summary>The master's answer to a registration: a nonce to sign (202), or everything a node needs to work (200).</summary>
public sealed record RegisterReply
{
    /// <summary>A nonce to sign; null once the signature was accepted.</summary>
    public string? Nonce { get; init; }

    /// <summary>The node's id, derived from its key.</summary>
    public string? NodeId { get; init; }

    /// <summary>The node's NATS user JWT; the node signs the broker's nonce with its own key.</summary>
    public string? UserJwt { get; init; }

    /// <summary>Certificates in PEM that the broker's certificate chains to; null when the broker does not use TLS.</summary>
    public string? BrokerCa { get; init; }

    /// <summary>Broker URLs; empty means <see cref="BrokerPort"/> on the host that the agent reached the master at.</summary>
    public IReadOnlyList<string> BrokerUrls { get; init; } = [];

    /// <summary>Port of the broker.</summary>
    public int BrokerPort { get; init; }

    /// <summary>Whether the broker uses TLS.</summary>
    public bool BrokerTls { get; init; }

    /// <summary>Whether the broker says nothing before the TLS handshake.</summary>
    public bool BrokerTlsFirst { get; init; }

    /// <summary>Bearer token for this node's calls and for the files of jobs it holds.</summary>
    public string? NodeToken { get; init; }

    /// <summary>How long leases last, in seconds.</summary>
    public double LeaseSeconds { get; init; }
}
