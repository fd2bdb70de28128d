using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Encode.Master.Api.Access;
using Encode.Messaging.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Encode.Master.Api.Tls;

/// <summary>
/// TLS for the API: 1.2 and later. A connection passes, in this order:
///
///     HandshakeLog    remembers whose connection this is, so that what fails further in is told with its address
///     PlainHttpGuard  what is no TLS ends here
///     Kestrel         the handshake, with the certificate of this moment and, with mutual TLS, <see cref="ClientCertificates"/>
///
/// Sessions are not resumed: a resumed one would go on under a certificate that was replaced, or for a client whose certificate is
/// refused by now. Clients that matter keep their connections.
/// </summary>
internal sealed class TlsListener(Func<CertificateWithKey> certificate, ClientCertificates? clients, HandshakeLog log)
{
    public void Apply(ListenOptions listen)
    {
        listen.Use(next => connection => log.WatchAsync(connection, next));
        listen.Use(next => new PlainHttpGuard(log, answers: clients is null).Wrap(next));
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HttpLimits.HandshakeTime,
            OnConnection = context => ValueTask.FromResult(Options(PeerOf(context.Connection))),
        });
    }

    private SslServerAuthenticationOptions Options(IPAddress? peer)
    {
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = certificate().Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowTlsResume = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
        if (clients is not null)
        {
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = clients.Policy();
            options.RemoteCertificateValidationCallback = (_, shown, chain, errors) => Judge(peer, shown as X509Certificate2, chain, errors);
        }

        return options;
    }

    private bool Judge(IPAddress? peer, X509Certificate2? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (clients!.WhatIsWrong(shown, chain, errors) is not { } wrong)
        {
            return true;
        }

        log.Refuse(peer, wrong);
        return false;
    }

    private static IPAddress? PeerOf(BaseConnectionContext connection) => NearRules.Plain((connection.RemoteEndPoint as IPEndPoint)?.Address);
}
