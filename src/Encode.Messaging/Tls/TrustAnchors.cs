using System.Security.Cryptography.X509Certificates;

namespace Encode.Messaging.Tls;

/// <summary>
/// Builds a chain to one of several authorities. Of two with one name, as there are while one replaces the other, OpenSSL tries only the
/// first; so each of those is tried alone, with the others at hand as intermediates.
/// </summary>
public static class TrustAnchors
{
    /// <summary>Whether a certificate chains to one of those authorities that share their name with another.</summary>
    /// <param name="certificate">The certificate; one out of its time chains to none, and costs nothing.</param>
    /// <param name="presented">The chain as it came; null when only the certificate did.</param>
    /// <param name="authorities">All authorities.</param>
    /// <param name="policy">Makes a policy that trusts the given ones.</param>
    public static bool ChainsToNamesake(
        X509Certificate2 certificate, X509Chain? presented, X509Certificate2Collection authorities, Func<X509Certificate2Collection, X509ChainPolicy> policy)
    {
        DateTime now = DateTime.Now;
        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            return false;
        }

        IEnumerable<X509Certificate2> namesakes = authorities
            .GroupBy(authority => Convert.ToHexString(authority.SubjectName.RawData))
            .Where(group => group.Count() > 1)
            .SelectMany(group => group);
        return namesakes.Any(root =>
        {
            using X509Chain chain = new() { ChainPolicy = policy([root]) };
            chain.ChainPolicy.ExtraStore.AddRange(authorities);
            if (presented is not null)
            {
                chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
                chain.ChainPolicy.ExtraStore.AddRange(presented.ChainElements.Select(element => element.Certificate).ToArray());
            }

            return chain.Build(certificate);
        });
    }
}
