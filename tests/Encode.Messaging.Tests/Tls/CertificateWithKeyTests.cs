using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Messaging.Tests.Tls;

/// <summary>Pairs are read from files as people make them, good and bad.</summary>
public sealed class CertificateWithKeyTests : IDisposable
{
    // Made with: openssl req -x509 -newkey ed25519 -nodes -subj /CN=farm.example -days 36500. The key was thrown away.
    private const string Ed25519 = """
        -----BEGIN CERTIFICATE-----
        MIIBRDCB96ADAgECAhQhKp2XcQISAwTf0nyOf7ZdYeQIojAFBgMrZXAwFzEVMBMG
        A1UEAwwMZmFybS5leGFtcGxlMCAXDTI2MTEyNDAwMTUwOVoYDzIxMjYxMDMxMDAx
        NTA5WjAXMRUwEwYDVQQDDAxmYXJtLmV4YW1wbGUwKjAFBgMrZXADIQCgq2uixCxH
        eky4vsHtxPGNspizjmgSe3RX2aV/KG/fB6NTMFEwHQYDVR0OBBYEFDt25Dglrs6Y
        NuuLoozrdSzGDI+iMB8GA1UdIwQYMBaAFDt25Dglrs6YNuuLoozrdSzGDI+iMA8G
        A1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAUrFjAFXYUB6qVBRzS/uGZZDM9QqI+M8a
        JStY3IyyUY4+W2Y1MPmaad/QX1LbPGaAy0+Fwm+sxc8DauTLTABvAA==
        -----END CERTIFICATE-----
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rsa-pkcs8")]
    [InlineData("rsa-pkcs1")]
    [InlineData("ec-pkcs8")]
    [InlineData("ec-sec1")]
    [InlineData("ec-sec1-with-parameters")]
    public async Task Key_in_every_common_form_serves_a_handshake(string form)
    {
        using CertificateWithKey pair = CertificateWithKey.Load(Write("c.pem", Pem(form, out string key)), Write("k.pem", key));
        Assert.Null(await Handshake.RunAsync(pair, ServerTrust.InFile(_folder.Combine("c.pem")), "farm.example"));
    }

    [Theory]
    [InlineData("ec-pkcs8")]
    [InlineData("rsa-pkcs8")]
    public void Key_of_another_certificate_is_one_error(string form)
    {
        Write("c.pem", Pem("ec-pkcs8", out _));
        Pem(form, out string other);
        Assert.Contains("it does not belong to the certificate", Fault("c.pem", Write("k.pem", other)), StringComparison.Ordinal);
    }

    [Fact]
    public void Encrypted_key_is_one_error_that_says_how_to_decrypt_it()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        Write("c.pem", Pem("ec-pkcs8", out _));
        Assert.Contains("it is encrypted", Fault("c.pem", Write("k.pem", pem)), StringComparison.Ordinal);
        const string Old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        Assert.Contains("it is encrypted", Fault("c.pem", Write("k.pem", Old)), StringComparison.Ordinal);
    }

    [Fact]
    public void Ed25519_is_one_error_that_names_kinds_that_work()
    {
        Pem("ec-pkcs8", out string key);
        Write("c.pem", Ed25519);
        Assert.Contains("make an RSA or an EC (P-256) key", Fault("c.pem", Write("k.pem", key)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, "it expired at ")]
    [InlineData(-40, "it is not valid before ")]
    public void Certificate_out_of_its_time_is_one_error_that_says_when(int days, string problem)
    {
        Write("c.pem", Pem("ec-pkcs8", out string key));
        string path = Write("k.pem", key);
        MessagingException e = Assert.Throws<MessagingException>(() => CertificateWithKey.Load(_folder.Combine("c.pem"), path, new ShiftedClock(TimeSpan.FromDays(days))));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_absent_or_hold_something_else_are_one_error_each()
    {
        string good = Write("c.pem", Pem("ec-pkcs8", out _));
        Write("text.pem", "good morning");
        Write("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Assert.Contains("there is no such file; 'master --generate-cert' makes a pair", Fault("absent.pem", good), StringComparison.Ordinal);
        Assert.Contains("no private key in it", Fault("c.pem", good), StringComparison.Ordinal);
        Assert.Contains("it must be PEM", Fault("text.pem", good), StringComparison.Ordinal);
        Assert.Contains("one of them is damaged", Fault("damaged.pem", good), StringComparison.Ordinal);
    }

    [Fact]
    public void Generating_keeps_the_key_private_never_overwrites_and_names_hosts_it_cannot_use()
    {
        (string certificate, string key) = (_folder.Combine("m.crt"), _folder.Combine("m.key"));
        SelfSigned.Write(certificate, key, ["a"]);
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(key));
        using CertificateWithKey pair = CertificateWithKey.Load(certificate, key);
        Assert.InRange(pair.Certificate.NotAfter - DateTime.Now, SelfSigned.Lifetime - TimeSpan.FromDays(1), SelfSigned.Lifetime);

        string before = File.ReadAllText(key);
        MessagingException e = Assert.Throws<MessagingException>(() => SelfSigned.Write(_folder.Combine("n.crt"), key, ["a"]));
        Assert.Equal($"write '{key}': the file exists; remove it first if it is to be replaced", e.Message);
        Assert.Equal(before, File.ReadAllText(key));
        e = Assert.Throws<MessagingException>(() => SelfSigned.Write(_folder.Combine("o.crt"), _folder.Combine("o.key"), ["a b"]));
        Assert.Equal("make a certificate for 'a b': it is neither a host name nor an address", e.Message);
        Assert.False(File.Exists(_folder.Combine("o.key")));
        Assert.Contains("localhost", SelfSigned.LocalHosts());
    }

    private string Fault(string certificate, string keyPath) =>
        Assert.Throws<MessagingException>(() => CertificateWithKey.Load(_folder.Combine(certificate), keyPath)).Message;

    private string Write(string name, string content)
    {
        string path = _folder.Combine(name);
        File.WriteAllText(path, content);
        return path;
    }

    private static string Pem(string form, out string key)
    {
        if (form.StartsWith("rsa", StringComparison.Ordinal))
        {
            using RSA rsa = RSA.Create(2048);
            key = form == "rsa-pkcs1" ? rsa.ExportRSAPrivateKeyPem() : rsa.ExportPkcs8PrivateKeyPem();
            return SelfSign(new CertificateRequest("CN=farm.example", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }

        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        key = form switch
        {
            "ec-sec1" => curve.ExportECPrivateKeyPem(),
            "ec-sec1-with-parameters" => "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + curve.ExportECPrivateKeyPem(),
            _ => curve.ExportPkcs8PrivateKeyPem(),
        };
        return SelfSign(new CertificateRequest("CN=farm.example", curve, HashAlgorithmName.SHA256));
    }

    private static string SelfSign(CertificateRequest request)
    {
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.Now.AddDays(-30), DateTimeOffset.Now.AddDays(30));
        return certificate.ExportCertificatePem();
    }

    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
