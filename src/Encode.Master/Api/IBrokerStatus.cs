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

    /// <summary>Certificates in PEM that the broker's certificate chains to; null without TLS.</summary>
    string? Ca { get; }

    /// <summary>Makes the credential with which a node speaks on its own subjects and no others.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="publicKey">Its public key.</param>
    string MintNodeJwt(string nodeId, string publicKey);
}
