using Encode.Master.Configuration;
using Encode.Messaging;
using Encode.Messaging.Tls;

namespace Encode.Master.Broker;

/// <summary>An external NATS as the flags name it, its files read.</summary>
internal sealed record ExternalBrokerOptions
{
    /// <summary>All of its servers that we were told of.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>Our account in it.</summary>
    public required ExternalAccount Account { get; init; }

    /// <summary>Certificates in PEM that its servers' chain to; null for the system's roots, or without TLS.</summary>
    public string? AuthorityPem { get; init; }

    /// <summary>What to show it where it asks for a certificate.</summary>
    public Func<CertificateWithKey?> ClientCertificate { get; init; } = () => null;

    /// <summary>Whether it is reached over TLS.</summary>
    public bool Tls => BrokerUrls.IsTls(Urls[0]);

    /// <summary>Reads the files.</summary>
    /// <exception cref="MessagingException">One of them is no good.</exception>
    public static ExternalBrokerOptions Read(MasterOptions options) => new()
    {
        Urls = BrokerUrls.Split(options.Nats),
        Account = ExternalAccount.Load(options.NatsCreds, options.NatsSigningKey),
        AuthorityPem = options.NatsCa.Length == 0 ? null : PemFile.Certificates(options.NatsCa).ExportCertificatePems(),
    };
}
