using Encode.Agent.Options;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

// The way to the broker, from one registration to the next:
//
//     registration ──► same broker? ──no──► close the connection, open another to where it is now, subscribe
//                          └─yes──► the new JWT from now on: connect anew with it
//     reconcile ─────► a new JWT, asked for from half of the old one's life on ──► connect anew with it
//     out for a while ──► UntilOutAsync ends ──► the agent registers again: the broker, its CA or our user may be others now
//
// Connecting anew, before the broker ends the old JWT, costs a few milliseconds in which messages are lost; each that matters is repeated.

// A registration that names no CA leaves the broker to the CA that the agent trusts its master by. That file may be replaced, be away or
// half written at any time, so it is not read here: what was loaded last judges each handshake.

/// <summary>The connection to the broker that a registration names, with the credential that is good now.</summary>
/// <param name="options">The agent's options.</param>
/// <param name="key">The node's key.</param>
/// <param name="trust">Gives how a broker is judged for which the master names no CA; asked at each handshake.</param>
/// <param name="certificate">Gives what to show a broker that asks for a certificate; asked at each handshake.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class BusLink(AgentOptions options, NodeKey key, Func<ServerTrust> trust, Func<CertificateWithKey?> certificate, TimeProvider clock, ILogger log)
    : IMasterLink, IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SubscribePause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>The part of a JWT's life after which it is renewed: the other half is for a master that is away.</summary>
    private const double RenewAfter = 0.5;

    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile RegisterReply? _reply;
    private volatile AgentBus? _bus;
    private long _jwtCame;
    private long _outSince;
    private Task _subscribing = Task.CompletedTask;
    private CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Raised when offers are heard, or heard again.</summary>
    internal event Action? Connected;

    /// <summary>Uses what a registration brought.</summary>
    /// <param name="reply">The registration.</param>
    /// <param name="handlers">Who hears the master.</param>
    /// <exception cref="MessagingException">The CA that it names is none; the link stays what it was.</exception>
    internal async Task UseAsync(RegisterReply reply, AgentHandlers handlers)
    {
        Func<ServerTrust>? judge = reply.BrokerTls ? TrustOf(reply) : null;
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            RegisterReply? old = _reply;
            Take(reply);
            if (old is not null && IsSameBroker(old, reply))
            {
                await RenewAsync(old).ConfigureAwait(false);
                return;
            }

            await CloseAsync().ConfigureAwait(false);
            Open(reply, judge, handlers);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Whether the JWT is old enough to ask for another.</summary>
    internal bool WantsJwt => _reply is { UserJwt: { } jwt } && BusCredential.LifetimeOf(jwt) is { } lifetime && clock.GetElapsedTime(Volatile.Read(ref _jwtCame)) >= lifetime * RenewAfter;

    /// <summary>Goes on with another JWT.</summary>
    internal async Task UseJwtAsync(string jwt)
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_reply is { } old)
            {
                Take(old with { UserJwt = jwt });
                await RenewAsync(old).ConfigureAwait(false);
                log.JwtRenewed();
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Waits until no offers were heard for a while.</summary>
    internal async Task UntilOutAsync(TimeSpan patience, CancellationToken cancel)
    {
        while (HearsOffers || clock.GetElapsedTime(Volatile.Read(ref _outSince)) < patience)
        {
            await Task.Delay(LookInterval, clock, cancel).ConfigureAwait(false);
        }

        Volatile.Write(ref _outSince, clock.GetTimestamp());
    }

    /// <summary>Whether offers are heard now.</summary>
    internal bool HearsOffers => _listens.Task.IsCompleted && _bus is { Connection.State: BusState.Connected };

    /// <summary>Waits until the broker has confirmed for the first time that offers are heard.</summary>
    internal Task UntilListensAsync(CancellationToken cancel) => _heard.Task.WaitAsync(cancel);

    /// <summary>
    /// A sign of life over the broker; null when it was not answered. None is sent before offers are heard: it would bring one, which
    /// nobody would answer.
    /// </summary>
    internal async Task<HeartbeatReply?> SendHeartbeatAsync(Heartbeat heartbeat, CancellationToken cancel) =>
        _listens.Task.IsCompleted && _bus is { } bus ? await bus.SendHeartbeatAsync(heartbeat, AnswerTimeout, cancel).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async Task SendProgressAsync(ProgressMessage progress, CancellationToken cancel)
    {
        if (_bus is { } bus)
        {
            await bus.SendProgressAsync(progress, cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<AttemptReply?> SendResultAsync(ResultMessage result, CancellationToken cancel) =>
        _bus is { } bus ? await bus.SendResultAsync(result, AnswerTimeout, cancel).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async Task<AttemptReply?> SendPublishedAsync(PublishedMessage published, CancellationToken cancel) =>
        _bus is { } bus ? await bus.SendPublishedAsync(published, AnswerTimeout, cancel).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _closing.Dispose();
        _changing.Dispose();
    }

    private void Take(RegisterReply reply)
    {
        _reply = reply;
        Volatile.Write(ref _jwtCame, clock.GetTimestamp());
    }

    private bool IsSameBroker(RegisterReply old, RegisterReply now) =>
        UrlsOf(old).SequenceEqual(UrlsOf(now)) && old.BrokerCa == now.BrokerCa && old.BrokerTlsFirst == now.BrokerTlsFirst;

    private async Task RenewAsync(RegisterReply old)
    {
        if (old.UserJwt != _reply!.UserJwt && _bus is { } bus)
        {
            await bus.Connection.RenewAsync().ConfigureAwait(false);
        }
    }

    private void Open(RegisterReply reply, Func<ServerTrust>? judge, AgentHandlers handlers)
    {
        Volatile.Write(ref _outSince, clock.GetTimestamp());
        _closing = new CancellationTokenSource();
        _listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BusConnection connection = new(OptionsFor(reply, judge), log);
        connection.StateChanged += StateChanged;
        AgentBus bus = new(connection, key.NodeId);
        _bus = bus;
        _subscribing = SubscribeAsync(bus, handlers, _closing.Token);
    }

    private async Task SubscribeAsync(AgentBus bus, AgentHandlers handlers, CancellationToken cancel)
    {
        try
        {
            await bus.Connection.WaitConnectedAsync(cancel).ConfigureAwait(false);
            while (!await bus.StartAsync(handlers, cancel).ConfigureAwait(false))
            {
                await Task.Delay(SubscribePause, cancel).ConfigureAwait(false);
            }

            _listens.TrySetResult();
            _heard.TrySetResult();
            Connected?.Invoke();
        }
        catch (OperationCanceledException)
        {
            // Another registration names another broker, or the agent ends.
        }
    }

    private void StateChanged(BusState state)
    {
        Volatile.Write(ref _outSince, clock.GetTimestamp());
        if (state == BusState.Connected && _listens.Task.IsCompleted)
        {
            Connected?.Invoke();
        }
    }

    private BusOptions OptionsFor(RegisterReply reply, Func<ServerTrust>? judge) => new()
    {
        Urls = UrlsOf(reply),
        Name = $"agent {options.Name}",
        NodeId = key.NodeId,
        Credential = () => BusCredential.ForNode(key, _reply!.UserJwt!),
        TrustSource = judge,
        TlsFirst = reply.BrokerTlsFirst,
        ClientCertificate = certificate,
    };

    private Func<ServerTrust> TrustOf(RegisterReply reply)
    {
        if (reply.BrokerCa is not { } pem)
        {
            return trust;
        }

        ServerTrust named = ServerTrust.InPem(pem, "the CA that the master names for its broker");
        return () => named;
    }

    private IReadOnlyList<string> UrlsOf(RegisterReply reply) => reply.BrokerUrls.Count > 0
        ? reply.BrokerUrls
        : [$"{(reply.BrokerTls ? "tls" : "nats")}://{options.Master.Host}:{reply.BrokerPort}"];

    private async Task CloseAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _subscribing.ConfigureAwait(false);
        if (_bus is { } bus)
        {
            _bus = null;
            bus.Connection.StateChanged -= StateChanged;
            await bus.Connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
