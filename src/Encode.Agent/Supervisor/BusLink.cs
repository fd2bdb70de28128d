using Encode.Agent.Options;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

/// <summary>The connection to the broker that a registration names. A new registration that names another one replaces it; the same one goes on with the new credential.</summary>
internal sealed class BusLink(AgentOptions options, NodeKey key, CertificateWithKey? certificate, ILogger log) : IMasterLink, IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SubscribePause = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile RegisterReply? _reply;
    private volatile AgentBus? _bus;
    private Task _subscribing = Task.CompletedTask;
    private CancellationTokenSource _closing = new();
    private volatile TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Raised when offers are heard, or heard again.</summary>
    internal event Action? Connected;

    /// <summary>Uses what a registration brought.</summary>
    /// <param name="reply">The registration.</param>
    /// <param name="handlers">Who hears the master.</param>
    /// <exception cref="MessagingException">The CA that it names cannot be read.</exception>
    internal async Task UseAsync(RegisterReply reply, AgentHandlers handlers)
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            bool same = _reply is { } old && UrlsOf(old).SequenceEqual(UrlsOf(reply)) && old.BrokerCa == reply.BrokerCa;
            _reply = reply;
            if (!same)
            {
                await CloseAsync().ConfigureAwait(false);
                Open(reply, handlers);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Whether offers are heard now.</summary>
    internal bool HearsOffers => _listens.Task.IsCompleted && _bus is { Connection.State: BusState.Connected };

    /// <summary>Waits until the broker has confirmed that offers are heard; false when it has not done so in time.</summary>
    internal async Task<bool> ListensAsync(TimeSpan patience, CancellationToken cancel)
    {
        Task listens = _listens.Task;
        await Task.WhenAny(listens, Task.Delay(patience, cancel)).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        return listens.IsCompleted;
    }

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

    private void Open(RegisterReply reply, AgentHandlers handlers)
    {
        _closing = new CancellationTokenSource();
        _listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BusConnection connection = new(OptionsFor(reply), log);
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
            Connected?.Invoke();
        }
        catch (OperationCanceledException)
        {
            // Another registration names another broker, or the agent ends.
        }
    }

    private void StateChanged(BusState state)
    {
        if (state == BusState.Connected && _listens.Task.IsCompleted)
        {
            Connected?.Invoke();
        }
    }

    private BusOptions OptionsFor(RegisterReply reply) => new()
    {
        Urls = UrlsOf(reply),
        Name = $"agent {options.Name}",
        NodeId = key.NodeId,
        Credential = () => BusCredential.ForNode(key, _reply!.UserJwt!),
        Trust = reply.BrokerTls ? TrustOf(reply) : null,
        ClientCertificate = certificate,
    };

    private ServerTrust TrustOf(RegisterReply reply) => reply.BrokerCa is { } pem
        ? ServerTrust.InPem(pem, "the CA that the master names for its broker")
        : options.Ca.Length > 0 ? ServerTrust.InFile(options.Ca) : ServerTrust.InSystem();

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
