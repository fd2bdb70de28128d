using System.Security.Cryptography.X509Certificates;
using Encode.Messaging.Tls;

namespace Encode.Master.Broker;

/// <summary>Works out which certificates an agent must trust to believe the broker.</summary>
internal static class BrokerTrust
{
    /// <summary>
    /// The certificates of <c>--ca</c> when there are some, else the self-signed one among those that the broker shows, else null:
    /// then the issuer is public and agents use their host's roots.
    /// </summary>
    public static string? AuthorityPem(X509Certificate2Collection? authorities, CertificateWithKey pair) => authorities is not null
        ? authorities.ExportCertificatePems()
        : pair.Intermediates.Prepend(pair.Certificate).FirstOrDefault(IsSelfSigned)?.ExportCertificatePem();

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
