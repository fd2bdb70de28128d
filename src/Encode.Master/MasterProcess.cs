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
///     broker ║ server       side by side: neither needs the other to start, and the broker takes longest
///     dispatcher            needs the bus; from now on jobs are given
///
/// The server may answer before the broker is up: jobs can be submitted, <c>/health</c> says 503, nodes are told to come again.
/// Closing stops giving work first; then requests in flight are waited for, while nodes can still report over the broker.
/// </summary>
internal sealed class MasterProcess : IAsyncDisposable
{
    private readonly MasterOptions options;
    private readonly ILoggerFactory loggers;
    private readonly ILogger log;
    private readonly TimeProvider clock = new SteadyClock(TimeProvider.System);
    private readonly BrokerStatus broker = new();
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static readonly TimeSpan ShowAgainAfter = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource closing = new();
    private readonly SemaphoreSlim showing = new(1, 1);
    private bool stopsEarly;
    private volatile RenewableFiles? renewable;
    private readonly Stack<(string What, Func<ValueTask> Close)> closers = new();

    private MasterProcess(MasterOptions options, ILoggerFactory loggers)
    {
        this.options = options;
        this.loggers = loggers;
        log = loggers.CreateLogger("Encode.Master");
    }

    /// <summary>Runs a master until it is told to stop.</summary>
    /// <returns>The exit code: 0 after SIGTERM or SIGINT, 1 when the database or the scheduler failed.</returns>
    public static async Task<int> RunAsync(MasterOptions options, ILoggerProvider provider)
    {
        using CancellationTokenSource stop = new();
        StopSignals signals = new(stop, TimeProvider.System, provider.CreateLogger("Encode.Master"));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = signals.Take());
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = signals.Take());
        using ILoggerFactory loggers = new LoggerFactory([provider]);
        await using MasterProcess master = new(options, loggers);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            master.Reload();
        });
        return await master.RunAsync(provider, stop.Token);
    }

    /// <summary>The same, told to stop by a token.</summary>
    internal static async Task<int> RunAsync(MasterOptions options, ILoggerProvider provider, CancellationToken stop)
    {
        using ILoggerFactory loggers = new LoggerFactory([provider]);
        await using MasterProcess master = new(options, loggers);
        return await master.RunAsync(provider, stop);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        while (closers.TryPop(out (string What, Func<ValueTask> Close) closer))
        {
            try
            {
                await closer.Close();
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // The others are closed all the same.
                log.CloseFailed(closer.What, error.Message);
            }
        }

        if (stopsEarly || started.Task.IsCompletedSuccessfully)
        {
            log.Stopped();
        }
    }

    private async Task<int> RunAsync(ILoggerProvider provider, CancellationToken stop)
    {
        try
        {
            return await ServeAsync(provider, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            stopsEarly = true;
            log.StoppingEarly();
            return 0;
        }
    }

    private void Reload()
    {
        log.ReadsAgain();
        renewable?.Reload();
    }

    private async Task<int> ServeAsync(ILoggerProvider provider, CancellationToken stop)
    {
        ExternalBrokerOptions? external = options.Nats.Length == 0 ? null : ExternalBrokerOptions.Read(options);
        MasterServices services = await OpenAsync(provider);
        await StartAsync(services, external, stop);
        Task first = await Task.WhenAny(services.Store.Fatal, services.Dispatcher.Fatal, Task.Delay(Timeout.Infinite, stop));
        if (first is Task<string> fatal)
        {
            log.Fatal(await fatal);
            return 1;
        }

        log.Stopping(options.DrainTimeout.TotalSeconds);
        return 0;
    }

    private async Task<MasterServices> OpenAsync(ILoggerProvider provider)
    {
        RenewableFiles files = RenewableFiles.Open(options, TimeProvider.System, log);
        renewable = files;
        closers.Push(("the certificate", files.DisposeAsync));

        EncodeStore store = EncodeStore.Open(new StoreOptions { Path = options.Db, Clock = clock });
        closers.Push(("the database", () => Close(store)));

        // The wall clock, because files carry its times.
        FileLibrary library = new(store, ContentFolder.Open(options.Files, options.Db.Length == 0 ? null : store.MasterId), TimeProvider.System, loggers.CreateLogger<FileLibrary>());
        closers.Push(("the files folder", library.DisposeAsync));
        await library.StartAsync();

        return new MasterServices
        {
            Options = options,
            Keys = files.Keys,
            Near = NearRules.ForThisHost(CertificateNames(files.Certificate?.Current)),
            Store = store,
            Files = library,
            Dispatcher = new Dispatcher(store, new NatsNodeBus(() => broker.Broker!.Bus), clock, loggers.CreateLogger<Dispatcher>()),
            DispatcherStarted = started.Task,
            Broker = broker,
            Certificate = files.Certificate is { } certificate ? certificate.Newest : null,
            Certificates = files.Expiries,
            ClientAuthorities = options.Mtls && files.Authorities is { } authorities ? authorities.Newest : null,
            BrokerIsLocal = options.Nats.Length == 0 && BrokerAddress(files.Keys) is { } brokerAddress && IPAddress.IsLoopback(brokerAddress),
            Log = provider,
            Clock = clock,
        };
    }

    private async Task StartAsync(MasterServices services, ExternalBrokerOptions? external, CancellationToken stop)
    {
        services.RemovedCertificates.Set(await services.Store.RemovedCertificatesAsync());
        IPAddress? brokerAddress = BrokerAddress(services.Keys);
        if (services.Keys.IsEmpty)
        {
            log.NoApiKey(services.Near.ToString(), (brokerAddress ?? IPAddress.Any).ToString(), MasterOptions.ApiKeyVariable);
        }
        else if (!options.Tls && !(options.BindAddress is { } address && IPAddress.IsLoopback(address)))
        {
            log.KeysInClear();
        }

        if (options.Db.Length == 0)
        {
            log.DatabaseInMemory();
        }

        CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task<IBroker> starting = Task.Run(() => StartBrokerAsync(services, external, brokerAddress, giveUp.Token), CancellationToken.None);
        closers.Push(("the broker", () => CloseAsync(starting, giveUp)));
        MasterServer server = await MasterServer.StartAsync(services);
        closers.Push(("the server", () => CloseAsync(server)));
        closers.Push(("the dispatcher", () => CloseAsync(services.Dispatcher)));
        broker.Broker = await starting;
        renewable!.TlsChanged += () => _ = Task.Run(ShowCertificateAsync, CancellationToken.None);
        await ShowCertificateAsync();
        await services.Dispatcher.StartAsync();
        Task listening = NatsNodeBus.ListenAsync(broker.Broker.Bus, services.Dispatcher, stop);
        if (external is null)
        {
            await listening;
        }
        else
        {
            // It may be down for long. Until it is not, /health says so; an error here is the end of the connection, so of us.
            _ = listening.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        started.SetResult();
        log.Listening(HealthRoutes.Version, string.Join(", ", server.Addresses), options.Bind.Length == 0 ? " and every other address of this host" : "");
    }

    private async Task<IBroker> StartBrokerAsync(MasterServices services, ExternalBrokerOptions? external, IPAddress? address, CancellationToken giveUp) => external is not null
        ? new ExternalBroker(external with { ClientCertificate = () => services.Certificate?.Invoke() }, loggers.CreateLogger<ExternalBroker>())
        : await BrokerHost.StartAsync(BrokerOptions(address), loggers.CreateLogger<BrokerHost>(), giveUp);

    /// <summary>Lets the embedded broker show what the API shows; nothing happens where it does already.</summary>
    private async Task ShowCertificateAsync()
    {
        if (broker.Broker is not BrokerHost host || renewable?.Certificate is not { } certificate)
        {
            return;
        }

        await showing.WaitAsync();
        try
        {
            await host.ReloadTlsAsync(certificate.Current, renewable.Authorities?.Current);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A full disk, say: the broker shows the old one until this works.
            log.NotReloaded(error.Message);
            _ = Task.Delay(ShowAgainAfter, closing.Token).ContinueWith(_ => ShowCertificateAsync(), closing.Token, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
        finally
        {
            showing.Release();
        }
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

    private ValueTask CloseAsync(Dispatcher dispatcher)
    {
        // Requests that wait for it are answered: nobody else would end them.
        if (started.TrySetException(new StoreException(StoreFault.Closed, "reconcile the node: the master is shutting down; try again later")))
        {
            _ = started.Task.Exception;
        }

        return dispatcher.DisposeAsync();
    }

    private async ValueTask CloseAsync(MasterServer server)
    {
        await using (server)
        {
            await server.StopAsync(options.DrainTimeout);
        }
    }

    private static async ValueTask CloseAsync(Task<IBroker> starting, CancellationTokenSource giveUp)
    {
        using (giveUp)
        {
            await giveUp.CancelAsync();
            await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // One that did not start has told its reason to whoever waited for it, or another reason came first.
        if (starting.IsCompletedSuccessfully)
        {
            await starting.Result.DisposeAsync();
        }
    }

    private static IEnumerable<string> CertificateNames(CertificateWithKey? certificate) =>
        certificate?.Certificate.Extensions
            .OfType<System.Security.Cryptography.X509Certificates.X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames()) ?? [];

    private static ValueTask Close(EncodeStore store)
    {
        store.Dispose();
        return ValueTask.CompletedTask;
    }
}
