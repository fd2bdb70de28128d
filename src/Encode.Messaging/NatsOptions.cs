using System.Net.Security;
using System.Threading.Channels;
using Encode.Contracts.Messages;
using NATS.Client.Core;

namespace Encode.Messaging;

/// <summary>Turns our options into the library's, and says why wherever its defaults are left.</summary>
internal static class NatsOptions
{
    /// <summary>Messages that wait between the socket and the lanes.</summary>
    private const int PendingMessages = 16_384;

    /// <summary>Unanswered pings after which a connection counts as dead.</summary>
    private const int MaxPingsOut = 2;

    public static NatsOpts From(BusOptions options) => NatsOpts.Default with
    {
        Url = string.Join(",", options.Urls),
        Name = options.Name,
        InboxPrefix = Inbox.Of(options.NodeId ?? Inbox.Master),
        Echo = false,
        AuthOpts = Auth(options),
        TlsOpts = Tls(options),
        PingInterval = options.PingInterval,
        MaxPingOut = MaxPingsOut,
        ConnectTimeout = options.ConnectTimeout,
        ReconnectWaitMin = options.MinPause,
        ReconnectWaitMax = options.MaxPause,
        MaxReconnectRetry = -1,

        // Without this the second equal authentication error ends the connection for good.
        IgnoreAuthErrorAbort = true,
        MaxPayloadHardCap = MessageLimits.PayloadBytes,
        SubPendingChannelCapacity = PendingMessages,
        SubPendingChannelFullMode = BoundedChannelFullMode.DropNewest,
        SuppressSlowConsumerWarnings = true,
    };

    private static NatsAuthOpts Auth(BusOptions options)
    {
        if (options.Credential is not { } credential)
        {
            return NatsAuthOpts.Default;
        }

        return NatsAuthOpts.Default with
        {
            AuthCredCallback = (_, _) =>
            {
                BusCredential now = credential();
                return ValueTask.FromResult(NatsAuthCred.FromJwt(now.Jwt, now.Seed));
            },
        };
    }

    private static NatsTlsOpts Tls(BusOptions options)
    {
        if (options.TrustSource is not { } trust)
        {
            return NatsTlsOpts.Default with { Mode = TlsMode.Disable };
        }

        return NatsTlsOpts.Default with
        {
            Mode = options.TlsFirst ? TlsMode.Implicit : TlsMode.Require,
            ConfigureClientAuthentication = ssl =>
            {
                Configure(ssl, options, trust());
                return ValueTask.CompletedTask;
            },
        };
    }

    private static void Configure(SslClientAuthenticationOptions ssl, BusOptions options, Tls.ServerTrust trust)
    {
        trust.Apply(ssl);
        ssl.TargetHost = options.TargetHost ?? ssl.TargetHost;
        if (options.ClientCertificate() is { } pair)
        {
            ssl.ClientCertificateContext = pair.Context;
        }
    }
}
