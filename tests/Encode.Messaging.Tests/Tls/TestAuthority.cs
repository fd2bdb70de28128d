using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Encode.Messaging.Tests.Tls;

/// <summary>A private certificate authority for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.Now.AddDays(-1);

    private readonly ECDsa _key;

    private TestAuthority(ECDsa key, X509Certificate2 certificate)
    {
        _key = key;
        Certificate = certificate;
    }

    public X509Certificate2 Certificate { get; }

    public static TestAuthority CreateRoot(string name)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TestAuthority(key, Request(name, key).CreateSelfSigned(s_start, s_start.AddDays(30)));
    }

    public TestAuthority CreateIntermediate(string name)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 bare = Request(name, key).Create(Certificate, s_start, s_start.AddDays(29), RandomNumberGenerator.GetBytes(8));
        return new TestAuthority(key, bare.CopyWithPrivateKey(key));
    }

    /// <summary>Issues a server's certificate; both as PEM.</summary>
    public (string Certificate, string Key) Issue(string host)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={host}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf = request.Create(Certificate, s_start, s_start.AddDays(28), RandomNumberGenerator.GetBytes(8));
        return (leaf.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
