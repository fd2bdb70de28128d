using System.Net;
using System.Runtime.InteropServices;
using Encode.Master.Api;
using Encode.Master.Api.Access;
using Encode.Master.Api.Routes;
using Encode.Master.Broker;
using Encode.Master.Configuration;
using Encode.Master.Dispatch;
using Encode.Master.Files;
using Encode.Master.Store;
using Encode.Messaging.Tls;

namespace Encode.Master;

/// <summary>
/// A running master. Opening goes down this list and closing up:
///
///     keys, certificate     what cannot be right is told before anything is touched
///     store                 locks the database; a second master on it stops here
///     files                 locks the folder and removes what a crash left there
///     server ║ broker       side by side: neither needs the other to start, and the broker takes longest
///     dispatcher            needs the bus; from now on jobs are given
///
/// The server may answer before the broker is up: jobs can be submitted, <c>/health</c> says 503, nodes are told to come again.
/// </summary>
internal sealed class MasterProcess : IAsyncDisposable
{
    private readonly MasterOptions options;
    private readonly ILoggerFactory loggers;
    private readonly ILogger log;
    private readonly BrokerStatus broker = new();
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stack<Func<ValueTask>> closers = new();

    private MasterProcess(MasterOptions options, ILoggerFactory loggers)
    {
        this.options = options;
        this.loggers = loggers;
        log = loggers.CreateLogger("Encode.Master");
    }

    /// <summary>Runs a master until it is told to stop.</summary>
    /// <returns>The exit code: 0 after SIGTERM or SIGINT, 1 when the database failed.</returns>
    public static async Task<int> RunAsync(MasterOptions options, ILoggerProvider provider)
    {
        using ILoggerFactory loggers = new LoggerFactory([provider]);
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Cancel(signal, stop));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Cancel(signal, stop));

        await using MasterProcess master = new(options, loggers);
        EncodeStore store = await master.OpenAsync(provider, stop.Token);
        Task<string> fatal = store.Fatal;
        await Task.WhenAny(fatal, Task.Delay(Timeout.Infinite, stop.Token));
        if (fatal.IsCompletedSuccessfully)
        {
            master.log.Fatal(await fatal);
            return 1;
        }

        master.log.Stopping(options.DrainTimeout.TotalSeconds);
        return 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (closers.TryPop(out Func<ValueTask>? close))
        {
            await close();
        }

        if (started.Task.IsCompleted)
        {
            log.Stopped();
        }
    }

    private async Task<EncodeStore> OpenAsync(ILoggerProvider provider, CancellationToken cancel)
    {
        KeyRing keys = KeyRing.Load(options);
        CertificateWithKey? certificate = options.Tls ? CertificateWithKey.Load(options.Cert, options.Key) : null;
        closers.Push(() => Close(certificate));

        EncodeStore store = EncodeStore.Open(new StoreOptions { Path = options.Db });
        closers.Push(() => Close(store));

        FileLibrary files = new(store, ContentFolder.Open(options.Files, options.Db.Length == 0 ? null : store.MasterId), TimeProvider.System, loggers.CreateLogger<FileLibrary>());
        closers.Push(files.DisposeAsync);
        await files.StartAsync();

        NearRules near = NearRules.ForThisHost(CertificateNames(certificate));
        IPAddress? brokerAddress = BrokerAddress(keys);
        if (keys.IsEmpty)
        {
            log.NoApiKey(near.ToString(), (brokerAddress ?? IPAddress.Any).ToString(), MasterOptions.ApiKeyVariable);
        }

        Dispatcher dispatcher = new(store, new NatsNodeBus(() => broker.Host!.Bus), TimeProvider.System, loggers.CreateLogger<Dispatcher>());
        MasterServices services = new()
        {
            Options = options,
            Keys = keys,
            Near = near,
            Store = store,
            Files = files,
            Dispatcher = dispatcher,
            DispatcherStarted = started.Task,
            Broker = broker,
            Certificate = certificate is null ? null : () => certificate,
            Log = provider,
        };
        closers.Push(dispatcher.DisposeAsync);
        await StartAsync(services, brokerAddress, cancel);
        return store;
    }

    private async Task StartAsync(MasterServices services, IPAddress? brokerAddress, CancellationToken cancel)
    {
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<BrokerHost> starting = Task.Run(() => BrokerHost.StartAsync(BrokerOptions(brokerAddress), loggers.CreateLogger<BrokerHost>(), giveUp.Token), CancellationToken.None);
        MasterServer server;
        try
        {
            server = await MasterServer.StartAsync(services);
        }
        catch
        {
            await giveUp.CancelAsync();
            await CloseWhenStartedAsync(starting);
            throw;
        }

        closers.Push(() => CloseAsync(server));
        broker.Host = await starting;
        closers.Push(broker.Host.DisposeAsync);
        await services.Dispatcher.StartAsync();
        await NatsNodeBus.ListenAsync(broker.Host.Bus, services.Dispatcher, cancel);
        started.SetResult();
        log.Listening(HealthRoutes.Version, string.Join(", ", server.Addresses));
    }

    private BrokerOptions BrokerOptions(IPAddress? address) => new()
    {
        PrivateFolder = options.Db.Length == 0 ? null : Path.GetFullPath(options.Db) + "-broker",
        Bind = address,
        Port = options.NatsPort,
        Tls = options.Tls ? new BrokerTls(options.Cert, options.Key, options.Ca.Length == 0 ? null : options.Ca, options.Mtls) : null,
    };

    // Without keys the broker is as near as the API: on loopback, unless a private address was asked for.
    private IPAddress? BrokerAddress(KeyRing keys) => !keys.IsEmpty || (options.BindAddress is { } address && NearRules.IsNear(address))
        ? options.BindAddress
        : IPAddress.Loopback;

    private async ValueTask CloseAsync(MasterServer server)
    {
        await server.StopAsync(options.DrainTimeout);
        await server.DisposeAsync();
    }

    private static async Task CloseWhenStartedAsync(Task<BrokerHost> starting)
    {
        try
        {
            await (await starting).DisposeAsync();
        }
        catch (Exception error) when (error is Messaging.MessagingException or OperationCanceledException)
        {
            // The other failure came first and is the one that is told.
        }
    }

    private static IEnumerable<string> CertificateNames(CertificateWithKey? certificate) =>
        certificate?.Certificate.Extensions
            .OfType<System.Security.Cryptography.X509Certificates.X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames()) ?? [];

    private static ValueTask Close(IDisposable? item)
    {
        item?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Cancel(PosixSignalContext signal, CancellationTokenSource stop)
    {
        // The first signal drains; a second one ends the process at once.
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }
}
