using System.Security.Cryptography.X509Certificates;
using Encode.Messaging.Tls;

namespace Encode.Master.Broker;

/// <summary>What the broker shows and whom it lets in, as it was loaded: the files may hold something else by now.</summary>
internal sealed class BrokerIdentity
{
    private BrokerIdentity(CertificateWithKey pair, X509Certificate2Collection? authorities, CertificateWithKey? ownClient)
    {
        Subject = pair.Certificate.Subject;
        NotAfter = pair.Certificate.NotAfter.ToUniversalTime();
        ChainPem = pair.ExportChainPem();
        KeyPem = pair.ExportKeyPem();
        Certificate = pair.Certificate.RawData;
        AuthorityPem = BrokerTrust.AuthorityPem(authorities, pair);
        ClientAuthoritiesPem = ownClient is null || authorities is null ? null : $"{authorities.ExportCertificatePems()}\n{ownClient.Certificate.ExportCertificatePem()}\n";
    }

    /// <summary>Whose the certificate is.</summary>
    public string Subject { get; }

    /// <summary>When it ends.</summary>
    public DateTime NotAfter { get; }

    /// <summary>The chain that is shown, leaf first.</summary>
    public string ChainPem { get; }

    /// <summary>The leaf's key. A secret.</summary>
    public string KeyPem { get; }

    /// <summary>The leaf, DER.</summary>
    public byte[] Certificate { get; }

    /// <summary>What agents are told to trust; null when a public authority issued the certificate.</summary>
    public string? AuthorityPem { get; }

    /// <summary>What clients' certificates must chain to; null when none is asked for.</summary>
    public string? ClientAuthoritiesPem { get; }

    /// <summary>Takes down what is loaded; the arguments stay the caller's.</summary>
    /// <param name="pair">The certificate.</param>
    /// <param name="authorities">The certificates of <c>--ca</c>; null without.</param>
    /// <param name="ownClient">What the master itself shows to a broker that asks for certificates; null where it asks for none.</param>
    public static BrokerIdentity Of(CertificateWithKey pair, X509Certificate2Collection? authorities, CertificateWithKey? ownClient) => new(pair, authorities, ownClient);

    /// <summary>Whether the broker would notice no difference.</summary>
    public bool IsSame(BrokerIdentity other) =>
        ChainPem == other.ChainPem && KeyPem == other.KeyPem && AuthorityPem == other.AuthorityPem && ClientAuthoritiesPem == other.ClientAuthoritiesPem;
}
