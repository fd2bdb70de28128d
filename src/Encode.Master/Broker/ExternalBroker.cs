using Encode.Messaging;
using Encode.Messaging.Tls;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Master.Broker;

/// <summary>
/// Somebody else's NATS cluster, in which we have an account.
///
///     --nats-creds ─────► the master's user ──► any of the servers; when it is lost, the next
///     --nats-signing-key ► nodes' users, scoped as at a broker of our own, good for an hour
///     --nats-ca ────────► how we and the nodes judge its servers
///
/// The master starts without it and goes on trying. Once it is in, it tries a node's user too: a signing key that the account does not
/// list would otherwise show only at the agents.
/// Not promised: that a removed node loses the cluster at once. The account, and with it the list of revoked users, is its operator's;
/// we say what to ask of it, and give the node no other JWT.
/// </summary>
internal sealed class ExternalBroker : IBroker
{
    /// <summary>How long the cluster may take to let a node's user in, or to refuse it.</summary>
    private static readonly TimeSpan s_checkPatience = TimeSpan.FromSeconds(5);

    private readonly ExternalBrokerOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private readonly BusConnection _connection;
    private readonly Task _checking;
    private string? _lastProblem;

    public ExternalBroker(ExternalBrokerOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        logger.BrokerExternal(string.Join(", ", options.Urls), options.Account.PublicKey, options.Account.SigningPublicKey);
        if (options.Account.CredentialsEnd is { } end)
        {
            logger.BrokerCredentialsEnd(end);
        }

        _connection = new BusConnection(OptionsFor("master", null, () => options.Account.ReadCredential(TellOnce)), logger);
        Bus = new MasterBus(_connection);
        _checking = CheckSigningKeyAsync();
    }

    /// <inheritdoc/>
    public MasterBus Bus { get; }

    /// <inheritdoc/>
    public BrokerAddress Address => new(_options.Urls, 0, _options.Tls, TlsFirst: false, _options.AuthorityPem);

    /// <inheritdoc/>
    public string MintNode(string nodeId, string publicKey) => _options.Account.MintNode(nodeId, publicKey);

    /// <inheritdoc/>
    public Task RevokeNodeAsync(string publicKey)
    {
        _logger.RevokeAtCluster(publicKey, _options.Account.PublicKey, BusCredential.NodeLifetime.TotalMinutes);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _checking;
        await _connection.DisposeAsync();
        _options.Account.Dispose();
        _closing.Dispose();
    }

    private BusOptions OptionsFor(string name, string? nodeId, Func<BusCredential> credential) => new()
    {
        Urls = _options.Urls,
        Name = name,
        NodeId = nodeId,
        Credential = credential,
        Trust = !_options.Tls ? null : _options.AuthorityPem is { } pem ? ServerTrust.InPem(pem, "--nats-ca") : ServerTrust.InSystem(),
        ClientCertificate = _options.ClientCertificate,
    };

    private void TellOnce(string problem)
    {
        if (Interlocked.Exchange(ref _lastProblem, problem) != problem)
        {
            _logger.BrokerOldCredentials(problem);
        }
    }

    private async Task CheckSigningKeyAsync()
    {
        try
        {
            await _connection.WaitConnectedAsync(_closing.Token);
            using NodeKey nobody = NodeKey.Create();
            BusCredential credential = BusCredential.ForNode(nobody, MintNode(nobody.NodeId, nobody.PublicKey));
            await using BusConnection node = new(OptionsFor("master (a look at the signing key)", nobody.NodeId, () => credential), NullLogger.Instance);
            Task connected = node.WaitConnectedAsync(_closing.Token);
            await Task.WhenAny(connected, Task.Delay(s_checkPatience, _closing.Token));
            if (!connected.IsCompleted && node.FailedConnects > 0 && _connection.State == BusState.Connected)
            {
                _logger.SigningKeyRefused(_options.Account.SigningPublicKey, _options.Account.PublicKey);
            }
        }
        catch (OperationCanceledException)
        {
            // We close.
        }
    }
}
