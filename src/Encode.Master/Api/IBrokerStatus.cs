namespace Encode.Master.Api;

/// <summary>What the API needs to know of the broker. The real one supervises nats-server; tests put their own in its place.</summary>
public interface IBrokerStatus
{
    /// <summary>Whether the master is connected to the broker.</summary>
    bool IsUp { get; }

    /// <summary>Port that agents connect to.</summary>
    int Port { get; }

    /// <summary>Whether agents connect with TLS.</summary>
    bool IsTls { get; }

    /// <summary>Whether the broker says nothing before the TLS handshake.</summary>
    bool IsTlsFirst { get; }

    /// <summary>URLs that agents connect to; empty for <see cref="Port"/> on the host that they reach the master at.</summary>
    IReadOnlyList<string> Urls { get; }

    /// <summary>Messages of nodes that arrived and found no room, since the start.</summary>
    long DroppedMessages { get; }

    /// <summary>Times that the master's connection to the broker was lost and came back.</summary>
    long Reconnects { get; }

    /// <summary>Certificates in PEM that the broker's certificate chains to; null without TLS.</summary>
    string? Ca { get; }

    /// <summary>Makes the credential with which a node speaks on its own subjects and no others.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="publicKey">Its public key.</param>
    string MintNodeJwt(string nodeId, string publicKey);

    /// <summary>
    /// Puts a removed node's user out and keeps it out, over restarts too, until <see cref="MintNodeJwt"/> lets it in again. Returns when the
    /// embedded broker has done so. An external cluster does that for its operator alone, so there it only logs how; the JWT ends within the hour.
    /// </summary>
    /// <param name="publicKey">The node's public key.</param>
    /// <exception cref="Encode.Messaging.MessagingException">It cannot be kept, so nothing has changed.</exception>
    Task RevokeNodeAsync(string publicKey);
}
