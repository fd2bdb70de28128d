using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Encode.TestKit;

/// <summary>A private certificate authority for one test.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.Now.AddDays(-3);

    private readonly ECDsa _key;

    private TestAuthority(ECDsa key, X509Certificate2 certificate)
    {
        _key = key;
        Certificate = certificate;
    }

    /// <summary>Its own certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes a root.</summary>
    public static TestAuthority CreateRoot(string name)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TestAuthority(key, Request(name, key).CreateSelfSigned(s_start, s_start.AddDays(40)));
    }

    /// <summary>Makes an authority below this one.</summary>
    public TestAuthority CreateIntermediate(string name)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 bare = Request(name, key).Create(Certificate, s_start, s_start.AddDays(39), RandomNumberGenerator.GetBytes(8));
        return new TestAuthority(key, bare.CopyWithPrivateKey(key));
    }

    /// <summary>Issues a certificate; both as PEM.</summary>
    /// <param name="host">Its common name and its one SAN.</param>
    /// <param name="from">When it begins, in days from now; null is yesterday.</param>
    /// <param name="until">When it ends, in days from now; null is in four weeks.</param>
    public (string Certificate, string Key) Issue(string host, double? from = null, double? until = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={host}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf = request.Create(
            Certificate, DateTimeOffset.Now.AddDays(from ?? -1), DateTimeOffset.Now.AddDays(until ?? 25), RandomNumberGenerator.GetBytes(8));
        return (leaf.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Issues a certificate into two files, the key 0600, each in one step.</summary>
    public void Issue(string host, string certificatePath, string keyPath, double? from = null, double? until = null)
    {
        (string certificate, string key) = Issue(host, from, until);
        Replace(keyPath, key);
        Replace(certificatePath, certificate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static void Replace(string path, string content)
    {
        File.WriteAllText(path + ".new", content);
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
