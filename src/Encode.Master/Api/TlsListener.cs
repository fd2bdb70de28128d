using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Encode.Messaging.Tls;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Encode.Master.Api;

/// <summary>
/// TLS for the API: 1.2 and later. The certificate is fetched for each connection, so that a renewed one needs no restart. With mutual
/// TLS a client's certificate must chain to the given authorities; nothing is fetched from the network to judge it.
/// </summary>
internal sealed class TlsListener
{
    private readonly Func<CertificateWithKey> certificate;
    private readonly X509Certificate2Collection? clientRoots;

    /// <param name="certificate">Gives the certificate for the next connection.</param>
    /// <param name="clientRoots">What clients' certificates must chain to; null asks for none.</param>
    public TlsListener(Func<CertificateWithKey> certificate, X509Certificate2Collection? clientRoots)
    {
        this.certificate = certificate;
        this.clientRoots = clientRoots;
    }

    public void Apply(ListenOptions listen) => listen.UseHttps(new TlsHandshakeCallbackOptions
    {
        HandshakeTimeout = HttpLimits.HandshakeTime,
        OnConnection = _ => ValueTask.FromResult(Options()),
    });

    private SslServerAuthenticationOptions Options()
    {
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = certificate().Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
        if (clientRoots is not null)
        {
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = ClientPolicy(clientRoots);
            options.RemoteCertificateValidationCallback = (_, shown, _, errors) => shown is not null && errors == SslPolicyErrors.None;
        }

        return options;
    }

    private static X509ChainPolicy ClientPolicy(X509Certificate2Collection roots)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
