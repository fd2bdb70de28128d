using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Messaging.Tests.Tls;

/// <summary>Certificates are judged in real handshakes on loopback.</summary>
public sealed class ServerTrustTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("farm.example", null)]
    [InlineData("127.0.0.1", null)]
    [InlineData("other.example", "is for another name")]
    [InlineData("127.0.0.2", "is for another name")]
    public async Task Generated_pair_is_good_for_its_hosts_and_no_others(string host, string? problem)
    {
        (string certificate, string key) = (_folder.Combine("new", "m.crt"), _folder.Combine("new", "m.key"));
        SelfSigned.Write(certificate, key, ["farm.example", "127.0.0.1"]);
        using CertificateWithKey pair = CertificateWithKey.Load(certificate, key);
        string? said = await Handshake.RunAsync(pair, ServerTrust.InFile(certificate), host);
        Assert.Equal(problem is null, said is null);
        Assert.Contains(problem ?? "", said ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Common_name_counts_when_there_are_no_alternative_names()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=old.example", key, HashAlgorithmName.SHA256);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.Now.AddDays(-1), DateTimeOffset.Now.AddDays(1));
        using CertificateWithKey pair = CertificateWithKey.Load(Write("c.pem", made.ExportCertificatePem()), Write("k.pem", key.ExportPkcs8PrivateKeyPem()));
        Assert.Null(await Handshake.RunAsync(pair, ServerTrust.InFile(_folder.Combine("c.pem")), "old.example"));
        Assert.NotNull(await Handshake.RunAsync(pair, ServerTrust.InFile(_folder.Combine("c.pem")), "new.example"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Certificate_that_is_for_clients_is_no_servers_even_under_its_name(bool byCallback)
    {
        using CertificateWithKey pair = SelfSigned.CreateClient("farm.example");
        ServerTrust trust = ServerTrust.In([pair.Certificate], "the CA");
        Assert.Contains("does not chain to the CA", await Handshake.RunAsync(pair, trust, "farm.example", byCallback), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_roots_with_one_name_either_will_do_while_one_replaces_the_other()
    {
        using TestAuthority old = TestAuthority.CreateRoot("root");
        using TestAuthority renewed = TestAuthority.CreateRoot("root");
        foreach (X509Certificate2[] order in (X509Certificate2[][])[[old.Certificate, renewed.Certificate], [renewed.Certificate, old.Certificate]])
        {
            foreach (TestAuthority issuer in (TestAuthority[])[old, renewed])
            {
                (string leaf, string key) = issuer.Issue("farm.example");
                using CertificateWithKey pair = CertificateWithKey.Load(Write("c.pem", leaf), Write("k.pem", key));
                Assert.Null(await Handshake.RunAsync(pair, ServerTrust.In([.. order], "both roots"), "farm.example"));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chain_through_an_intermediate_in_the_servers_file_ends_at_the_private_CA(bool byCallback)
    {
        using TestAuthority root = TestAuthority.CreateRoot("root");
        using TestAuthority middle = root.CreateIntermediate("middle");
        (string leaf, string key) = middle.Issue("farm.example");
        string chain = Write("c.pem", leaf + "\n" + middle.Certificate.ExportCertificatePem());
        using CertificateWithKey pair = CertificateWithKey.Load(chain, Write("k.pem", key));
        Assert.Single(pair.Intermediates);

        ServerTrust trust = ServerTrust.InPem(root.Certificate.ExportCertificatePem(), "the root");
        Assert.Null(await Handshake.RunAsync(pair, trust, "farm.example", byCallback));
        using TestAuthority other = TestAuthority.CreateRoot("root");
        ServerTrust wrong = ServerTrust.InPem(other.Certificate.ExportCertificatePem(), "the other root");
        Assert.Contains("does not chain to the other root", await Handshake.RunAsync(pair, wrong, "farm.example", byCallback), StringComparison.Ordinal);
        Assert.Contains("does not chain to this host's root certificates", await Handshake.RunAsync(pair, ServerTrust.InSystem(), "farm.example", byCallback), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exactly_one_certificate_is_trusted_under_any_name_and_no_other()
    {
        SelfSigned.Write(_folder.Combine("a.crt"), _folder.Combine("a.key"), ["farm.example"]);
        SelfSigned.Write(_folder.Combine("b.crt"), _folder.Combine("b.key"), ["farm.example"]);
        using CertificateWithKey ours = CertificateWithKey.Load(_folder.Combine("a.crt"), _folder.Combine("a.key"));
        using CertificateWithKey other = CertificateWithKey.Load(_folder.Combine("b.crt"), _folder.Combine("b.key"));
        Assert.Null(await Handshake.RunAsync(ours, ServerTrust.InExactly(ours.Certificate), "any.example"));
        Assert.Contains("is not this master's own", await Handshake.RunAsync(other, ServerTrust.InExactly(ours.Certificate), "farm.example"), StringComparison.Ordinal);
    }

    private string Write(string name, string content)
    {
        string path = _folder.Combine(name);
        File.WriteAllText(path, content);
        return path;
    }
}
