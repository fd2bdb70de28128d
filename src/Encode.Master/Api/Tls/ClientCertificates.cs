using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Encode.Messaging.Tls;

namespace Encode.Master.Api.Tls;

/// <summary>
/// Which clients' certificates are taken: those that chain to the authorities of <c>--ca</c>, are within their time, and were not those of a
/// node that an operator has removed. Nothing is fetched from the network to judge one.
/// </summary>
/// <param name="authorities">Gives the authorities for the next connection.</param>
/// <param name="removed">Those of removed nodes.</param>
internal sealed class ClientCertificates(Func<X509Certificate2Collection> authorities, RemovedCertificates removed)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>How .NET is to build a client's chain.</summary>
    public X509ChainPolicy Policy() => Policy(authorities());

    /// <summary>Why a certificate is refused, as the end of a sentence; null when it is good.</summary>
    public string? WhatIsWrong(X509Certificate2? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (shown is null)
        {
            return "it showed no certificate; clients of a master with --mtls show one that chains to --ca";
        }

        if (removed.Contains(shown))
        {
            return $"its certificate ({shown.Subject}) is that of a node that was removed; give the host a new one";
        }

        return errors == SslPolicyErrors.None || TrustAnchors.ChainsToNamesake(shown, chain, authorities(), Policy) ? null : $"its certificate ({shown.Subject}) {Reason(shown, chain)}";
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection roots)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,

            // One that says that it is for servers is no client's; one that says nothing, as plain openssl makes them, is either's.
            ApplicationPolicy = { new Oid(ClientAuthentication) },
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static string Reason(X509Certificate2 shown, X509Chain? chain)
    {
        if (DateTime.Now > shown.NotAfter)
        {
            return $"expired at {shown.NotAfter.ToUniversalTime():u}; make a new one";
        }

        if (DateTime.Now < shown.NotBefore)
        {
            return $"is not valid before {shown.NotBefore.ToUniversalTime():u}; look at the clocks of both hosts";
        }

        string[] reasons = [.. (chain?.ChainStatus ?? []).Select(status => status.StatusInformation.Trim()).Where(text => text.Length > 0).Distinct()];
        return $"does not chain to --ca: {(reasons.Length > 0 ? string.Join("; ", reasons) : "unknown issuer")}";
    }
}
