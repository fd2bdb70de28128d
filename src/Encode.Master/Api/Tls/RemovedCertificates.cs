using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Encode.Master.Api.Tls;

/// <summary>Certificates of removed nodes, by their SHA-256. Looked at in handshakes, so it is kept in memory; the database is where it lasts.</summary>
public sealed class RemovedCertificates
{
    private volatile FrozenSet<string> hashes = FrozenSet<string>.Empty;

    /// <summary>SHA-256 of a certificate, lower-case hex, as <c>openssl x509 -fingerprint -sha256</c> tells it without its colons.</summary>
    public static string HashOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    /// <summary>Whether a certificate was that of a removed node.</summary>
    public bool Contains(X509Certificate2 certificate) => hashes.Count > 0 && hashes.Contains(HashOf(certificate));

    /// <summary>Replaces them all.</summary>
    public void Set(IEnumerable<string> sha256) => hashes = sha256.ToFrozenSet(StringComparer.Ordinal);
}
