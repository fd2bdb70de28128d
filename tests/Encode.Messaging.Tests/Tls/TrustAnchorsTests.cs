using System.Security.Cryptography.X509Certificates;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Messaging.Tests.Tls;

/// <summary>Authorities of one name, as there are while one replaces the other.</summary>
public sealed class TrustAnchorsTests
{
    [Fact]
    public void Each_of_two_namesakes_is_tried_also_through_an_intermediate_that_only_the_file_holds()
    {
        using TestAuthority old = TestAuthority.CreateRoot("farm-ca");
        using TestAuthority young = TestAuthority.CreateRoot("farm-ca");
        using TestAuthority middle = young.CreateIntermediate("middle");
        X509Certificate2Collection all = [old.Certificate, young.Certificate, middle.Certificate];
        Assert.True(Chains(middle, all));
        Assert.True(Chains(young, all));
        Assert.True(Chains(old, all));
        using TestAuthority stranger = TestAuthority.CreateRoot("farm-ca");
        Assert.False(Chains(stranger, all));
    }

    [Fact]
    public void Without_namesakes_and_out_of_its_time_nothing_is_built()
    {
        using TestAuthority one = TestAuthority.CreateRoot("one");
        using TestAuthority two = TestAuthority.CreateRoot("two");
        int built = 0;
        (string certificate, _) = one.Issue("host");
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(certificate);
        Assert.False(TrustAnchors.ChainsToNamesake(leaf, null, [one.Certificate, two.Certificate], Count));
        using TestAuthority twin = TestAuthority.CreateRoot("one");
        (string late, _) = one.Issue("host", from: -2, until: -1);
        using X509Certificate2 ended = X509Certificate2.CreateFromPem(late);
        Assert.False(TrustAnchors.ChainsToNamesake(ended, null, [one.Certificate, twin.Certificate], Count));
        Assert.Equal(0, built);

        X509ChainPolicy Count(X509Certificate2Collection roots)
        {
            built++;
            return Policy(roots);
        }
    }

    private static bool Chains(TestAuthority issuer, X509Certificate2Collection authorities)
    {
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(issuer.Issue("host").Certificate);
        return TrustAnchors.ChainsToNamesake(leaf, null, authorities, Policy);
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection roots)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
