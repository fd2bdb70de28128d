using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Encode.Messaging;
using Encode.Messaging.Tls;

namespace Encode.Master.Broker;

/// <summary>
/// The embedded broker: a <c>nats-server</c> of our own, as a child that cannot outlive us.
///
///     master ── writes ──► private folder (0700): operator.nk, account.nk, revocations.json, broker.conf (all 0600; in memory only the
///       │                                              │      last), broker.crt, broker.key: the pair as it was loaded
///       ├── BrokerProcess ──────────► nats-server ◄────┘   one port for agents, TLS whenever the API has it
///       └── BusConnection as the master user ──┘
///
/// It is ready when the server that answers at the port is the one whose (random) name we wrote into the configuration: a
/// stranger's broker there is an error, never a surprise. When it dies it is started again; agents and our own connection come back
/// by themselves, and no message that matters depends on it.
///
/// It shows the pair that we loaded, not what stands under --cert when it is started again, so that it never shows another than we and
/// the agents were told of; <see cref="ReloadTlsAsync"/> gives it a new one. Connections that stand go on. Our own connection trusts
/// the two newest pairs exactly, so it holds through the change.
/// A revoked user is written down, then the broker reads the account anew: it cuts the user's connection and lets no JWT in that was
/// issued before.
/// With mutual TLS our own connection shows a certificate made for this process alone, which is added to the authorities that
/// the broker accepts, since the API's certificate need not be good for a client.
/// </summary>
public sealed class BrokerHost : IBroker
{
    /// <summary>How long the first connection to a broker that answers may take.</summary>
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(20);

    private readonly BrokerFolder _folder;
    private readonly BrokerOptions _options;
    private readonly ILogger _logger;
    private readonly string _serverName = $"encode-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
    private readonly CertificateWithKey? _ownClient;
    private readonly ServerTrust? _trust;
    private readonly OperatorKeys _keys;
    private readonly BrokerProcess _process;
    private volatile BrokerIdentity? _identity;
    private volatile IReadOnlyList<byte[]> _pinned = [];
    private BusConnection? _connection;
    private int _disposed;

    private BrokerHost(BrokerOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        string program = options.ServerPath ?? BrokerProgram.Find();
        if (options.Tls is { } tls)
        {
            using CertificateWithKey pair = CertificateWithKey.Load(tls.CertificatePath, tls.KeyPath);
            _ownClient = tls.Mutual ? SelfSigned.CreateClient("encode-master") : null;
            _trust = ServerTrust.InExactly(() => _pinned);
            Show(BrokerIdentity.Of(pair, tls.CaPath is { } path ? PemFile.Certificates(path) : null, _ownClient));
        }

        IPAddress address = options.Bind ?? IPAddress.Any;
        BrokerProbe.RequireFree(address, options.Port);
        _folder = BrokerFolder.Open(options.PrivateFolder);
        _keys = options.PrivateFolder is null ? OperatorKeys.Create() : OperatorKeys.LoadOrCreate(_folder.Path);
        _process = new BrokerProcess(
            program, address, options.Port, _folder.Path, port => Configure(address, port), (at, cancel) => BrokerProbe.AnswersAsync(at, _serverName, ProbeTls(), cancel), logger);
    }

    /// <summary>The port that agents connect to.</summary>
    public int Port => _process.Port;

    /// <summary>Whether agents must use TLS.</summary>
    public bool Tls => _trust is not null;

    /// <summary>Certificates in PEM that agents are to trust; null without TLS, and when a public authority issued the certificate.</summary>
    public string? AuthorityPem => _identity?.AuthorityPem;

    /// <inheritdoc/>
    public MasterBus Bus { get; private set; } = null!;

    /// <summary>Whether messages flow now.</summary>
    public bool IsUp => _connection?.State == BusState.Connected;

    /// <summary>The process id of the broker that runs now.</summary>
    public int ProcessId => _process.ProcessId;

    /// <inheritdoc/>
    BrokerAddress IBroker.Address => new([], Port, Tls, TlsFirst: Tls, AuthorityPem);

    /// <summary>Starts the broker, waits until it answers, and connects to it.</summary>
    /// <exception cref="MessagingException">There is no nats-server, the port is taken, a TLS file is not usable, or it does not come up.</exception>
    public static async Task<BrokerHost> StartAsync(BrokerOptions options, ILogger logger, CancellationToken cancel = default)
    {
        BrokerHost host = new(options, logger);
        try
        {
            await host._process.StartAsync(cancel);
            await host.ConnectAsync(cancel);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>The JWT that lets a node in. See <see cref="OperatorKeys.MintNode"/>.</summary>
    public string MintNode(string nodeId, string publicKey) => _keys.MintNode(nodeId, publicKey, _options.NodeLifetime);

    /// <inheritdoc/>
    public async Task RevokeNodeAsync(string publicKey)
    {
        _keys.Revoke(publicKey);
        await _process.ReloadAsync();
        _logger.BrokerRevoked(publicKey);
    }

    /// <summary>
    /// Shows another certificate from the next handshake on; connections that stand go on. Nodes that register from now on are told of it;
    /// one that trusts another certificate than it chains to registers again when it next loses the broker.
    /// </summary>
    /// <param name="pair">The new pair; stays the caller's.</param>
    /// <param name="authorities">The certificates of <c>--ca</c> now; null without.</param>
    /// <exception cref="MessagingException">The broker has no TLS, or its files cannot be written.</exception>
    public async Task ReloadTlsAsync(CertificateWithKey pair, X509Certificate2Collection? authorities)
    {
        if (_identity is not { } old)
        {
            throw new MessagingException("give the broker a certificate: it runs without TLS; start the master with --tls");
        }

        BrokerIdentity next = BrokerIdentity.Of(pair, authorities, _ownClient);
        if (!next.IsSame(old))
        {
            Show(next);
            try
            {
                await _process.ReloadAsync();
            }
            catch
            {
                // Agents must not be told of a certificate that is not shown, and the next try must find it new.
                _identity = old;
                throw;
            }

            _logger.BrokerCertificateReplaced(next.Subject, next.NotAfter);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await _process.DisposeAsync();
        _keys.Dispose();
        _ownClient?.Dispose();
        _folder.Dispose();
    }

    /// <summary>From now on; the one before stays good for our own connection, until there is yet another.</summary>
    private void Show(BrokerIdentity identity)
    {
        _pinned = [identity.Certificate, .. _pinned.Take(1)];
        _identity = identity;
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        BusCredential credential = _keys.MintMaster();
        _connection = new BusConnection(
            new BusOptions
            {
                Urls = [$"{(Tls ? "tls" : "nats")}://{_process.LocalEndpoint}"],
                Name = "master",
                Credential = () => credential,
                Trust = _trust,
                TlsFirst = true,
                ClientCertificate = () => _ownClient,
            },
            _logger);
        try
        {
            await _connection.WaitConnectedAsync(cancel).WaitAsync(s_connectTimeout, cancel);
        }
        catch (TimeoutException)
        {
            throw new MessagingException($"connect to the broker: it did not let the master in within {s_connectTimeout.TotalSeconds} s; see the log");
        }

        Bus = new MasterBus(_connection);
    }

    private SslClientAuthenticationOptions? ProbeTls()
    {
        if (_trust is null)
        {
            return null;
        }

        SslClientAuthenticationOptions options = new() { TargetHost = "localhost", ClientCertificateContext = _ownClient?.Context };
        _trust.Apply(options);
        return options;
    }

    private string Configure(IPAddress address, int port)
    {
        BrokerConfiguration configuration = new()
        {
            ServerName = _serverName,
            Address = address,
            Port = port,
            PortsFolder = _folder.Path,
            Keys = _keys,
            Tls = WriteTls(),
            ClientAuthorities = _identity?.ClientAuthoritiesPem is { } authorities ? _folder.Write("clients.pem", authorities) : null,
        };
        return _folder.Write("broker.conf", configuration.Render());
    }

    private BrokerTls? WriteTls() => _identity is not { } identity || _options.Tls is not { } tls ? null : tls with
    {
        CertificatePath = _folder.Write("broker.crt", identity.ChainPem),
        KeyPath = _folder.Write("broker.key", identity.KeyPem),
    };
}
