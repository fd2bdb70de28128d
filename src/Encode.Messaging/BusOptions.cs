using Encode.Messaging.Tls;

namespace Encode.Messaging;

/// <summary>Where the broker is and how to be let in.</summary>
public sealed record BusOptions
{
    /// <summary>Broker URLs, <c>nats://host:port</c> or <c>tls://host:port</c>; any of them will do.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>What the broker's logs call this connection.</summary>
    public required string Name { get; init; }

    /// <summary>The user whose inbox answers come to: a node's id, or null for the master.</summary>
    public string? NodeId { get; init; }

    /// <summary>Asked at each connect, so that a renewed JWT is used; null for a broker without users.</summary>
    public Func<BusCredential>? Credential { get; init; }

    /// <summary>How to judge the broker's certificate; null for no TLS. With it, a broker that offers no TLS is refused.</summary>
    public ServerTrust? Trust
    {
        get => TrustSource?.Invoke();
        init => TrustSource = value is null ? null : () => value;
    }

    /// <summary>Gives <see cref="Trust"/>; asked at each handshake, so that a CA that was replaced is used.</summary>
    public Func<ServerTrust>? TrustSource { get; init; }

    /// <summary>Whether the broker says nothing before the TLS handshake; otherwise it greets in the clear and then asks for TLS. Means nothing without <see cref="Trust"/>.</summary>
    public bool TlsFirst { get; init; }

    /// <summary>Name that the broker's certificate must carry; null is the URL's host.</summary>
    public string? TargetHost { get; init; }

    /// <summary>Gives the certificate to show a broker that asks for one, or null; asked at each handshake, so that a renewed one is used.</summary>
    public Func<CertificateWithKey?> ClientCertificate { get; init; } = () => null;

    /// <summary>How often a silent connection is asked for a sign of life; after two without an answer it is made anew.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one attempt to connect may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>First pause after a failed attempt; it doubles up to <see cref="MaxPause"/>.</summary>
    public TimeSpan MinPause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Longest pause between attempts.</summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(2);
}
