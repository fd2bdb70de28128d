using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Encode.Messaging;
using Encode.Messaging.Processes;
using Encode.Messaging.Tls;

namespace Encode.Master.Broker;

/// <summary>
/// The embedded broker: a <c>nats-server</c> of our own, as a child that cannot outlive us.
///
///     master ── writes ──► private folder (0700): operator.nk, account.nk, broker.conf (all 0600; in memory only the last),
///       │                                              │      broker.crt, broker.key: the pair as it was loaded at our start
///       ├── starts, restarts, ends ──► nats-server ◄───┘   one port for agents, TLS whenever the API has it
///       └── BusConnection as the master user ──┘
///
/// It is ready when the server that answers at the port is the one whose (random) name we wrote into the configuration: a
/// stranger's broker there is an error, never a surprise. When it dies it is started again, on the same port, for ever, with
/// pauses of 100 ms to 5 s; agents and our own connection come back by themselves, and no message that matters depends on it.
/// It shows the pair that we loaded, not what stands under --cert when it is started again: a certificate that was renewed meanwhile
/// would be another than the one that we and the agents were told to trust. A start of the master takes up the new one.
/// With mutual TLS our own connection shows a certificate made for this process alone, which is added to the authorities that
/// the broker accepts, since the API's certificate need not be good for a client.
/// </summary>
public sealed class BrokerHost : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan s_minPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(2);

    /// <summary>A broker that lived this long was well: the next pause is short again.</summary>
    private static readonly TimeSpan s_healthyAfter = TimeSpan.FromSeconds(10);

    private readonly BrokerFolder _folder;
    private readonly BrokerOptions _options;
    private readonly ILogger _logger;
    private readonly string _program;
    private readonly string _serverName = $"encode-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
    private readonly CertificateWithKey? _certificate;
    private readonly CertificateWithKey? _ownClient;
    private readonly string? _clientAuthorities;
    private readonly OperatorKeys _keys;
    private readonly CancellationTokenSource _closing = new();
    private volatile ChildProcess? _child;
    private volatile string? _lastFatal;
    private volatile int _probePort;
    private Task _watching = Task.CompletedTask;
    private BusConnection? _connection;

    private BrokerHost(BrokerOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _program = options.ServerPath ?? BrokerProgram.Find();
        Port = options.Port;
        if (options.Tls is { } tls)
        {
            _certificate = CertificateWithKey.Load(tls.CertificatePath, tls.KeyPath);
            _ownClient = tls.Mutual ? SelfSigned.CreateClient("encode-master") : null;
            AuthorityPem = BrokerTrust.AuthorityPem(tls, _certificate);
            _clientAuthorities = ClientAuthorities(tls, _ownClient);
        }

        BrokerProbe.RequireFree(Address, Port);
        _folder = BrokerFolder.Open(options.PrivateFolder);
        _keys = options.PrivateFolder is null ? OperatorKeys.Create() : OperatorKeys.LoadOrCreate(_folder.Path);
    }

    /// <summary>The port that agents connect to.</summary>
    public int Port { get; private set; }

    /// <summary>Whether agents must use TLS.</summary>
    public bool Tls => _options.Tls is not null;

    /// <summary>Certificates in PEM that agents are to trust; null without TLS, and when a public authority issued the certificate.</summary>
    public string? AuthorityPem { get; }

    /// <summary>The master's side of the bus. Its connection's state says whether the broker works.</summary>
    public MasterBus Bus { get; private set; } = null!;

    /// <summary>Whether messages flow now; for <c>/health</c>.</summary>
    public bool IsUp => _connection?.State == BusState.Connected;

    /// <summary>The process id of the broker that runs now.</summary>
    public int ProcessId => _child?.Id ?? 0;

    private IPAddress Address => _options.Bind ?? IPAddress.Any;

    /// <summary>Starts the broker, waits until it answers, and connects to it.</summary>
    /// <exception cref="MessagingException">There is no nats-server, the port is taken, a TLS file is not usable, or it does not come up.</exception>
    public static async Task<BrokerHost> StartAsync(BrokerOptions options, ILogger logger, CancellationToken cancel = default)
    {
        BrokerHost host = new(options, logger);
        try
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(s_startTimeout);
            await host.LaunchAsync(limit.Token);
            host._watching = host.WatchAsync();
            await host.ConnectAsync(limit.Token);
            return host;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            await host.DisposeAsync();
            throw new MessagingException($"start the broker: '{host._program}' did not answer within {s_startTimeout.TotalSeconds} s; {host._lastFatal ?? "see the log"}");
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>The JWT that lets a node in. See <see cref="OperatorKeys.MintNode"/>.</summary>
    public string MintNode(string nodeId, string publicKey, TimeSpan? lifetime = null) => _keys.MintNode(nodeId, publicKey, lifetime);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await StopChildAsync();
        await _watching;

        // The watcher may have started another one while we closed.
        await StopChildAsync();
        _keys.Dispose();
        _certificate?.Dispose();
        _ownClient?.Dispose();
        _folder.Dispose();
    }

    private async Task StopChildAsync()
    {
        if (_child is { } child)
        {
            await child.StopAsync(s_stopPatience);
        }
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        BusCredential credential = _keys.MintMaster();
        _connection = new BusConnection(
            new BusOptions
            {
                Urls = [$"{(Tls ? "tls" : "nats")}://{LocalEndpoint()}"],
                Name = "master",
                Credential = () => credential,
                Trust = _certificate is null ? null : ServerTrust.InExactly(_certificate.Certificate),
                ClientCertificate = _ownClient,
            },
            _logger);
        await _connection.WaitConnectedAsync(cancel);
        Bus = new MasterBus(_connection);
    }

    private IPEndPoint LocalEndpoint()
    {
        IPAddress address = Address.Equals(IPAddress.Any) ? IPAddress.Loopback : Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : Address;
        return new IPEndPoint(address, Port);
    }

    /// <summary>Starts the server once and returns when it answers.</summary>
    private async Task LaunchAsync(CancellationToken cancel)
    {
        string file = _folder.Write("broker.conf", Configuration().Render());
        _lastFatal = null;
        ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = [_program],
            Arguments = ["-c", file],
            WorkingFolder = "/",
            OnLine = Hear,
        });
        _child = child;
        while (!await AnswersAsync(child, cancel))
        {
            if (child.Exited.IsCompleted)
            {
                ChildExit exit = await child.WaitForExitAsync(cancel);
                throw new MessagingException($"start the broker: '{_program}' {exit}: {_lastFatal ?? "it said nothing"}");
            }

            await Task.Delay(s_pollInterval, cancel);
        }

        BrokerLog.Listening(_logger, Address.ToString(), Port, Tls ? " with TLS" : "", _program, child.Id);
    }

    private async Task<bool> AnswersAsync(ChildProcess child, CancellationToken cancel)
    {
        if (Port == 0)
        {
            if (BrokerProbe.ReadPort(_folder.Path, child.Id) is not { } chosen)
            {
                return false;
            }

            Port = chosen;
        }

        return await BrokerProbe.AnswersAsync(LocalEndpoint(), _serverName, port => _probePort = port, cancel);
    }

    private BrokerConfiguration Configuration()
    {
        return new BrokerConfiguration
        {
            ServerName = _serverName,
            Address = Address,
            Port = Port,
            PortsFolder = _folder.Path,
            Keys = _keys,
            Tls = WriteTls(),
            ClientAuthorities = _clientAuthorities is null ? null : _folder.Write("clients.pem", _clientAuthorities),
        };
    }

    private BrokerTls? WriteTls() => _options.Tls is not { } tls ? null : tls with
    {
        CertificatePath = _folder.Write("broker.crt", _certificate!.ExportChainPem()),
        KeyPath = _folder.Write("broker.key", _certificate.ExportKeyPem()),
    };

    private static string? ClientAuthorities(BrokerTls tls, CertificateWithKey? ownClient) => ownClient is null || tls.CaPath is not { } path
        ? null
        : $"{PemFile.Certificates(path).ExportCertificatePems()}\n{ownClient.Certificate.ExportCertificatePem()}\n";

    /// <summary>Starts the server again whenever it ends, until we close.</summary>
    private async Task WatchAsync()
    {
        TimeSpan pause = s_minPause;
        while (!_closing.IsCancellationRequested)
        {
            long started = Stopwatch.GetTimestamp();
            ChildExit exit = await _child!.Exited;
            if (_closing.IsCancellationRequested)
            {
                return;
            }

            pause = Stopwatch.GetElapsedTime(started) >= s_healthyAfter ? s_minPause : pause;
            BrokerLog.Ended(_logger, exit, pause.TotalMilliseconds);
            pause = await RelaunchAsync(pause);
        }
    }

    /// <summary>Pauses and launches until it works.</summary>
    /// <returns>The next pause.</returns>
    private async Task<TimeSpan> RelaunchAsync(TimeSpan pause)
    {
        while (true)
        {
            await Task.Delay(pause, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < s_maxPause ? pause * 2 : s_maxPause;
            if (_closing.IsCancellationRequested)
            {
                return pause;
            }

            try
            {
                await RelaunchOnceAsync();
                return pause;
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return pause;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Whatever it is: it may pass, and without a next try there would be no broker for good.
                BrokerLog.CannotRestart(_logger, e.Message, pause.TotalMilliseconds);
            }
        }
    }

    private async Task RelaunchOnceAsync()
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        limit.CancelAfter(s_startTimeout);
        try
        {
            await LaunchAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!_closing.IsCancellationRequested)
        {
            // It runs and does not answer: away with it.
            await _child!.StopAsync(TimeSpan.Zero);
            throw new MessagingException($"no answer within {s_startTimeout.TotalSeconds} s");
        }
    }

    /// <summary>Whether a line tells that our own look at the port ended without a handshake.</summary>
    private bool IsOurProbe(string line) =>
        line.Contains("TLS handshake error", StringComparison.Ordinal) && line.Contains(string.Create(CultureInfo.InvariantCulture, $":{_probePort} - "), StringComparison.Ordinal);

    /// <summary>Sorts the server's lines: <c>[pid] [INF] …</c>.</summary>
    private void Hear(string line)
    {
        if (line.Contains("[FTL]", StringComparison.Ordinal) || !line.StartsWith('['))
        {
            _lastFatal = line[(line.IndexOf("[FTL] ", StringComparison.Ordinal) is var at and >= 0 ? at + 6 : 0)..];
            BrokerLog.Warns(_logger, line);
        }
        else if (!IsOurProbe(line) && (line.Contains("[ERR]", StringComparison.Ordinal) || line.Contains("[WRN]", StringComparison.Ordinal)))
        {
            BrokerLog.Warns(_logger, line);
        }
        else
        {
            BrokerLog.Says(_logger, line);
        }
    }
}
