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
    public static string? AuthorityPem(BrokerTls tls, CertificateWithKey pair)
    {
        if (tls.CaPath is { } path)
        {
            return PemFile.Certificates(path).ExportCertificatePems();
        }

        X509Certificate2? root = pair.Intermediates.Prepend(pair.Certificate).FirstOrDefault(IsSelfSigned);
        return root?.ExportCertificatePem();
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
