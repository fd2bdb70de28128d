using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Encode.Messaging.Tls;

/// <summary>A certificate, its private key, and the intermediates that were in the same file.</summary>
public sealed class CertificateWithKey : IDisposable
{
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string EllipticCurve = "1.2.840.10045.2.1";

    private CertificateWithKey(X509Certificate2 certificate, X509Certificate2Collection intermediates)
    {
        Certificate = certificate;
        Intermediates = intermediates;

        // Offline: the peer gets what is in the file, and nothing is fetched from anywhere to complete it.
        Context = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
    }

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What followed it in the file.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>Both, as SslStream and Kestrel want them.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads a certificate chain (leaf first) and its key, both PEM. Keys: PKCS#8, PKCS#1 RSA and SEC1 EC.</summary>
    /// <exception cref="MessagingException">A file cannot be read, the two do not fit, the certificate is out of its time, or the key is encrypted or of another kind.</exception>
    public static CertificateWithKey Load(string certificatePath, string keyPath, TimeProvider? clock = null)
    {
        X509Certificate2Collection chain = PemFile.Certificates(certificatePath);
        X509Certificate2 leaf = chain[0];
        CheckTime(leaf, certificatePath, (clock ?? TimeProvider.System).GetUtcNow());
        CheckKind(leaf, certificatePath);
        string key = PemFile.PrivateKey(keyPath);
        try
        {
            X509Certificate2 certificate = Join(leaf, key);
            chain.RemoveAt(0);
            return new CertificateWithKey(certificate, chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MessagingException($"use the key '{keyPath}': it does not belong to the certificate '{certificatePath}'; give the pair that was made together", e);
        }
    }

    /// <summary>The chain in PEM, leaf first, as it was loaded.</summary>
    public string ExportChainPem()
    {
        X509Certificate2Collection chain = [Certificate, .. Intermediates];
        return chain.ExportCertificatePems() + "\n";
    }

    /// <summary>The key in PEM (PKCS#8, not encrypted). A secret.</summary>
    public string ExportKeyPem()
    {
        using RSA? rsa = Certificate.GetRSAPrivateKey();
        using ECDsa? curve = Certificate.GetECDsaPrivateKey();
        return (rsa?.ExportPkcs8PrivateKeyPem() ?? curve!.ExportPkcs8PrivateKeyPem()) + "\n";
    }

    /// <summary>Wraps a certificate that was made in this process.</summary>
    internal static CertificateWithKey Of(X509Certificate2 certificate) => new(certificate, []);

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (X509Certificate2 intermediate in Intermediates)
        {
            intermediate.Dispose();
        }
    }

    private static X509Certificate2 Join(X509Certificate2 leaf, string key)
    {
        if (leaf.GetKeyAlgorithm() == Rsa)
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(key);
            return leaf.CopyWithPrivateKey(rsa);
        }

        using ECDsa curve = ECDsa.Create();
        curve.ImportFromPem(key);
        return leaf.CopyWithPrivateKey(curve);
    }

    private static void CheckKind(X509Certificate2 leaf, string path)
    {
        if (leaf.GetKeyAlgorithm() is not (Rsa or EllipticCurve))
        {
            string kind = leaf.PublicKey.Oid.FriendlyName ?? leaf.GetKeyAlgorithm();
            throw new MessagingException($"use the certificate '{path}': keys of kind {kind} do not work for TLS here; make an RSA or an EC (P-256) key");
        }
    }

    private static void CheckTime(X509Certificate2 leaf, string path, DateTimeOffset now)
    {
        if (now < leaf.NotBefore)
        {
            throw new MessagingException($"use the certificate '{path}': it is not valid before {leaf.NotBefore.ToUniversalTime():u}; check this host's clock");
        }

        if (now > leaf.NotAfter)
        {
            throw new MessagingException($"use the certificate '{path}': it expired at {leaf.NotAfter.ToUniversalTime():u}; make a new one");
        }
    }
}
