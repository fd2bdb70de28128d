using System.Net;
using Encode.Master.Api.Access;
using Encode.Master.Api.Routes;
using Encode.Master.Api.Tls;
using Encode.Master.Configuration;
using Encode.Master.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Encode.Master.Api;

/// <summary>
/// The HTTP server. A request passes, in this order:
///
///     health port   on that port only /health and /metrics are served, and to loopback only
///     HttpMetrics   counts it
///     Problems      whatever goes wrong further in becomes one problem body
///     routing       which route is it, and what does it ask of its caller
///     AccessGate    who is it, and may he
///     the route     Routes/
///
/// Nothing is read from configuration files or from ASP.NET's environment variables: the flags are all there is.
/// </summary>
public sealed class MasterServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly MasterServices services;
    private readonly Refusals refusals;
    private readonly ConnectionCap connections;
    private readonly HttpMetrics requests = new();
    private readonly JobMetrics jobs;

    private MasterServer(MasterServices services)
    {
        this.services = services;
        refusals = new Refusals(services.Log.CreateLogger(typeof(Refusals).FullName!));
        connections = new ConnectionCap(services.Limits, refusals.Tell);
        app = Build(services, new HandshakeLog(refusals), connections);
        jobs = new JobMetrics(services.Store);
    }

    /// <summary>Addresses that it listens at, as URLs.</summary>
    public IReadOnlyList<Uri> Addresses =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal)))];

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ListenException">The port is in use, or the address cannot be had.</exception>
    public static async Task<MasterServer> StartAsync(MasterServices services)
    {
        MasterServer server = new(services);
        server.MapAll();
        try
        {
            await server.app.StartAsync();
            return server;
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            await server.DisposeAsync();
            throw Explain(services.Options, error);
        }
    }

    /// <summary>Takes no more connections and waits for the requests in flight.</summary>
    /// <param name="patience">How long; then they are cut off.</param>
    public async Task StopAsync(TimeSpan patience)
    {
        using CancellationTokenSource limit = new(patience);
        await app.StopAsync(limit.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        jobs.Dispose();
        refusals.Dispose();
    }

    private static WebApplication Build(MasterServices services, HandshakeLog handshakes, ConnectionCap connections)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(services.Log);
        builder.Logging.AddProvider(handshakes).AddFilter<HandshakeLog>(HandshakeLog.Category, LogLevel.Debug);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = services.Options.DrainTimeout);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, services, handshakes, connections));
        return builder.Build();
    }

    private static void Configure(KestrelServerOptions kestrel, MasterServices services, HandshakeLog handshakes, ConnectionCap connections)
    {
        kestrel.AddServerHeader = false;
        services.Limits.Apply(kestrel.Limits);

        MasterOptions options = services.Options;
        TlsListener? tls = services.Certificate is { } certificate
            ? new TlsListener(certificate, ClientsOf(services), handshakes)
            : null;
        void Listen(ListenOptions listen)
        {
            listen.Use(connections.Wrap);
            tls?.Apply(listen);
        }

        if (options.BindAddress is { } address)
        {
            kestrel.Listen(address, options.EffectivePort, Listen);
        }
        else
        {
            kestrel.ListenAnyIP(options.EffectivePort, Listen);
        }

        if (options.HealthPort is { } port)
        {
            kestrel.Listen(IPAddress.Loopback, port);
        }
    }

    // Asked for and not there would be a door that everybody may use.
    private static ClientCertificates? ClientsOf(MasterServices services) => services.Options.Mtls
        ? new ClientCertificates(services.ClientAuthorities ?? throw new InvalidOperationException("mutual TLS without authorities"), services.RemovedCertificates)
        : null;

    private void MapAll()
    {
        ILoggerFactory log = app.Services.GetRequiredService<ILoggerFactory>();
        Problems problems = new(log.CreateLogger<Problems>());
        AccessGate gate = new(services.Keys, services.Near, services.Store, refusals, services.RemovedCertificates);
        HealthRoutes health = new(services);
        MetricsRoutes metrics = new(new MetricsPage(services, requests, jobs, connections, refusals));

        app.Use(next => context => IsHealthPort(context) ? AnswerHealthAsync(context, health, metrics) : next(context));
        app.Use(next => context => requests.InvokeAsync(context, next));
        app.Use(next => context => problems.InvokeAsync(context, next));
        app.UseRouting();
        app.Use(next => context => gate.InvokeAsync(context, next));

        health.Map(app);
        metrics.Map(app);
        new JobRoutes(services.Store, services.Dispatcher, log.CreateLogger<JobRoutes>()).Map(app);
        new NodeRoutes(services, log.CreateLogger<NodeRoutes>()).Map(app);
        new FileRoutes(services.Store, services.Files, log.CreateLogger<FileRoutes>()).Map(app);
    }

    private bool IsHealthPort(HttpContext context) => services.Options.HealthPort is { } port && context.Connection.LocalPort == port;

    private static Task AnswerHealthAsync(HttpContext context, HealthRoutes health, MetricsRoutes metrics)
    {
        if (context.Request.Path == "/health")
        {
            return health.HealthAsync(context);
        }

        if (context.Request.Path == "/metrics")
        {
            return metrics.MetricsAsync(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static ListenException Explain(MasterOptions options, Exception error)
    {
        string where = options.Bind.Length == 0 ? $"port {options.EffectivePort}" : $"{options.Bind}, port {options.EffectivePort}";
        string health = options.HealthPort is { } port ? $" (or --health-port {port})" : "";
        return error.InnerException is AddressInUseException || error is AddressInUseException
            ? new ListenException($"listen at {where}{health}: the port is in use; is another master running? choose another with --port", error)
            : new ListenException($"listen at {where}{health}: {error.GetBaseException().Message}; choose others with --bind and --port", error);
    }

    // Signals belong to Program.cs.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
