using System.Text.Json.Nodes;
using Encode.Master.Api;
using Encode.Master.Api.Access;
using Encode.Master.Api.Tls;
using Encode.Master.Configuration;
using Encode.Master.Dispatch;
using Encode.Master.Files;
using Encode.Master.Store;
using Encode.Messaging.Logging;
using Encode.Messaging.Tls;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Master.Tests.Api;

/// <summary>The real server on a port of its own, over a real store and folder; only the broker and the nodes are not there.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly string folder;
    private readonly EncodeStore store;
    private readonly FileLibrary files;
    private readonly Dispatcher dispatcher;
    private readonly MasterServer server;

    private ApiHost(string folder, EncodeStore store, FileLibrary files, Dispatcher dispatcher, MasterServer server, StringWriter log)
    {
        this.folder = folder;
        this.store = store;
        this.files = files;
        this.dispatcher = dispatcher;
        this.server = server;
        Log = log;
        Client = new HttpClient { BaseAddress = server.Addresses[0] };
    }

    public HttpClient Client { get; }

    public FakeBroker Broker { get; private init; } = null!;

    public EncodeStore Store => store;

    /// <summary>Certificates of removed nodes.</summary>
    public RemovedCertificates Removed { get; private init; } = null!;

    public ContentFolder Content => files.Folder;

    /// <summary>What the server wrote to its log.</summary>
    public StringWriter Log { get; }

    public Uri Address => server.Addresses[0];

    public static async Task<ApiHost> StartAsync(MasterOptions? options = null, string? filesFolder = null, Func<CertificateWithKey>? certificate = null, TimeProvider? dispatcherClock = null, KeyRing? keys = null, ConnectionLimits? limits = null, IReadOnlyList<CertificateExpiry>? expiries = null)
    {
        options ??= new MasterOptions();
        string folder = Directory.CreateTempSubdirectory("encode-api-").FullName;
        options = options with { Port = options.Port ?? 0, Bind = options.Bind.Length == 0 ? "127.0.0.1" : options.Bind, Files = filesFolder ?? Path.Combine(folder, "files") };
        StringWriter log = new();
        EncodeStore store = EncodeStore.Open(new StoreOptions());
        FileLibrary files = new(store, ContentFolder.Open(options.Files, null), TimeProvider.System, NullLogger<FileLibrary>.Instance);
        await files.StartAsync();
        Dispatcher dispatcher = new(store, new SilentBus(), dispatcherClock ?? TimeProvider.System, NullLogger<Dispatcher>.Instance);
        await dispatcher.StartAsync();
        FakeBroker broker = new();
        RemovedCertificates removed = new();
        MasterServer server = await MasterServer.StartAsync(new MasterServices
        {
            Options = options,
            Keys = keys ?? KeyRing.Load(options),
            Near = NearRules.ForThisHost(["farm.example"]),
            Store = store,
            Files = files,
            Dispatcher = dispatcher,
            DispatcherStarted = Task.CompletedTask,
            Broker = broker,
            Certificate = certificate,
            ClientAuthorities = options.Mtls ? () => PemFile.Certificates(options.Ca) : null,
            RemovedCertificates = removed,
            Certificates = () => expiries ?? [],
            Limits = limits ?? new ConnectionLimits(),
            Log = new LineLoggerProvider(TextWriter.Synchronized(log), json: false, TimeProvider.System),
        });
        return new ApiHost(folder, store, files, dispatcher, server, log) { Broker = broker, Removed = removed };
    }

    /// <summary>Sends a request and reads the answer as JSON; null when it has no body.</summary>
    public async Task<(HttpResponseMessage Response, JsonNode? Body)> SendAsync(HttpRequestMessage request)
    {
        HttpResponseMessage response = await Client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return (response, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public Task<(HttpResponseMessage Response, JsonNode? Body)> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<(HttpResponseMessage Response, JsonNode? Body)> PostAsync(string path, string json) => SendAsync(Json(path, json));

    public static HttpRequestMessage Json(string path, string json) =>
        new(HttpMethod.Post, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };

    /// <summary>Asserts that an answer is a problem (RFC 9457) with this status, and gives its detail.</summary>
    public static string AssertProblem(int status, (HttpResponseMessage Response, JsonNode? Body) answer)
    {
        Assert.Equal(status, (int)answer.Response.StatusCode);
        Assert.Equal("application/problem+json", answer.Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status, (int)answer.Body!["status"]!);
        string detail = (string)answer.Body["detail"]!;
        Assert.DoesNotContain("   at ", detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', detail);
        return detail;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.StopAsync(TimeSpan.FromSeconds(5));
        await server.DisposeAsync();
        await dispatcher.DisposeAsync();
        await files.DisposeAsync();
        store.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
