using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Messaging;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Agent.Tests.Farm;

/// <content>What a whole agent needs: the HTTP side, and the master's side of a broker without users.</content>
internal sealed partial class FakeMaster
{
    /// <summary>A status that is none: the call is heard, and the connection ends without an answer.</summary>
    public const int CutOff = 0;

    private static readonly Regex Stretch = new(@"^bytes (?:(?<from>\d+)-(?<to>\d+)|\*)/(?<total>\d+|\*)$", RegexOptions.CultureInvariant);

    private readonly TempFolder _folder = new();
    private readonly List<Heartbeat> _heartbeats = [];
    private HttpListener? _http;
    private RunningProgram? _broker;
    private BusConnection? _connection;
    private int _port;
    private int _brokerPort;
    private int _wrongKeys;
    private int _registrations;

    /// <summary>How a heartbeat is answered, over either way; null is no answer (404 over HTTP).</summary>
    public Func<Heartbeat, HeartbeatReply?> OnHeartbeat { get; set; } = AcceptAll;

    /// <summary>The status of a registration; 200 registers.</summary>
    public Func<RegisterRequest, int> OnRegister { get; set; } = _ => 200;

    /// <summary>The API key that a registration must show, and how many showed another; null asks for none.</summary>
    public string? RequiredKey { get; set; }

    public int WrongKeys => Volatile.Read(ref _wrongKeys);

    /// <summary>How many registrations were completed.</summary>
    public int Registrations => Volatile.Read(ref _registrations);

    /// <summary>Everything that was staged, by path.</summary>
    public Dictionary<string, byte[]> Staged { get; } = [];

    /// <summary>Hears of each part of a growing file, by path and Content-Range, once its body is here; the status that it returns is the answer where it is not 200.</summary>
    public Func<string, string, int> OnPart { get; set; } = (_, _) => 200;

    /// <summary>What came of files that are not staged yet, by path.</summary>
    public Dictionary<string, byte[]> Partial { get; } = [];

    public IReadOnlyList<Heartbeat> Heartbeats => Copy(_heartbeats);

    public Uri Url => new($"http://127.0.0.1:{_port}");

    public RegisterRequest? Registered { get; private set; }

    public string NodeId => NodeIdentity.IdOf(Registered!.PublicKey);

    private MasterBus Bus => new(_connection!);

    public static HeartbeatReply AcceptAll(Heartbeat heartbeat) =>
        new([.. heartbeat.Held.Select(held => new HeldReply(held.Key, Verdict.Accepted))], LeaseSeconds: 90, Drain: false);

    /// <summary>Starts the HTTP side alone.</summary>
    public void ListenHttp()
    {
        _http = LoopbackServer.Listen(out _port);
        _ = Task.Run(ServeAsync);
    }

    /// <summary>Starts both sides; skips the test where there is no nats-server.</summary>
    public async Task ListenAsync()
    {
        ListenHttp();
        await ListenBrokerAsync();
    }

    /// <summary>Ends the broker and starts another, elsewhere.</summary>
    public async Task MoveBrokerAsync()
    {
        await KillBrokerAsync();
        await _broker!.DisposeAsync();
        await _connection!.DisposeAsync();
        await ListenBrokerAsync();
    }

    private async Task ListenBrokerAsync()
    {
        _broker = RunningProgram.Start(NatsServerProgram.Require(), ["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", _folder.Path]);
        string report = _folder.Combine($"nats-server_{_broker.Id}.ports");
        await Eventually.IsTrueAsync("nats-server's ports", Deadline, () => File.Exists(report) && File.ReadAllText(report).Contains(']'));
        _brokerPort = int.Parse((await File.ReadAllTextAsync(report)).Split(':')[^1].TrimEnd('\n', '"', ']', '}'), CultureInfo.InvariantCulture);
        _connection = new BusConnection(new BusOptions { Urls = [$"nats://127.0.0.1:{_brokerPort}"], Name = "master" }, NullLogger.Instance);
        await Bus.StartAsync(new MasterHandlers
        {
            OnHeartbeat = (_, heartbeat, _) => ValueTask.FromResult(Hear(heartbeat)),
            OnProgress = async (_, progress, cancel) => await SendProgressAsync(progress, cancel),
            OnResult = async (_, result, cancel) => await SendResultAsync(result, cancel),
            OnPublished = async (_, published, cancel) => await SendPublishedAsync(published, cancel),
        });
    }

    /// <summary>Ends the broker as a crash would.</summary>
    public Task KillBrokerAsync()
    {
        _broker!.Signal(9);
        return _broker.WaitForExitAsync(Deadline);
    }

    public Task<OfferReply?> OfferAsync(JobOffer offer) => Bus.SendOfferAsync(NodeId, offer, TimeSpan.FromSeconds(10));

    public async Task ControlAsync(ControlMessage message) => await Bus.SendControlAsync(NodeId, message);

    public async ValueTask DisposeAsync()
    {
        _http?.Close();
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _folder.Dispose();
    }

    private HeartbeatReply? Hear(Heartbeat heartbeat)
    {
        Add(_heartbeats, heartbeat);
        return OnHeartbeat(heartbeat);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _http!.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        using MemoryStream body = new();
        context.Request.InputStream.CopyTo(body);
        string path = context.Request.Url!.AbsolutePath;
        if (path == "/nodes/register")
        {
            Register(context, JsonSerializer.Deserialize(body.ToArray(), ContractsJson.Default.RegisterRequest)!);
        }
        else if (path.EndsWith("/reconcile", StringComparison.Ordinal))
        {
            HeartbeatReply? reply = Hear(JsonSerializer.Deserialize(body.ToArray(), ContractsJson.Default.Heartbeat)!);
            Reply(context, reply is null ? 404 : 200, reply, ContractsJson.Default.HeartbeatReply);
        }
        else if (context.Request.Headers["Content-Range"] is { } range)
        {
            TakePart(context, path, range, body.ToArray());
        }
        else
        {
            lock (_lock)
            {
                Staged[path] = body.ToArray();
            }

            Reply(context, 200, null, ContractsJson.Default.HeartbeatReply);
        }
    }

    // As the master does it.
    private void TakePart(HttpListenerContext context, string path, string range, byte[] body)
    {
        int status = OnPart(path, range);
        if (status == 200)
        {
            lock (_lock)
            {
                status = Keep(path, range, body);
                context.Response.Headers["Upload-Offset"] = (Partial.GetValueOrDefault(path)?.Length ?? 0).ToString(CultureInfo.InvariantCulture);
            }
        }

        Reply(context, status, null, ContractsJson.Default.HeartbeatReply);
    }

    /// <summary>Under the lock.</summary>
    /// <returns>400 for a stretch that is not as long as its body; 409 for one that begins elsewhere than the last one ended; 202 while there is less than the whole.</returns>
    private int Keep(string path, string range, byte[] body)
    {
        byte[] before = Partial.GetValueOrDefault(path) ?? [];
        Match match = Stretch.Match(range);
        if (!match.Success || (match.Groups["from"].Success ? Number("to") - Number("from") + 1 : 0) != body.Length)
        {
            return 400;
        }

        if (match.Groups["from"].Success && Number("from") != before.Length)
        {
            return 409;
        }

        Partial[path] = [.. before, .. body];
        if (match.Groups["total"].Value == "*" || Number("total") != Partial[path].Length)
        {
            return 202;
        }

        Staged[path] = Partial[path];
        Partial.Remove(path);
        return 201;

        long Number(string name) => long.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
    }

    private void Register(HttpListenerContext context, RegisterRequest request)
    {
        bool isLetIn = RequiredKey is not { } wanted || context.Request.Headers["Authorization"] == $"Bearer {wanted}";
        if (!isLetIn)
        {
            Interlocked.Increment(ref _wrongKeys);
        }

        int status = isLetIn ? OnRegister(request) : 401;
        if (status == CutOff)
        {
            Registered = request;
            context.Response.Abort();
            return;
        }

        RegisterReply reply = request.Nonce is null
            ? new RegisterReply { Nonce = "nonce" }
            : new RegisterReply
            {
                NodeId = NodeIdentity.IdOf(request.PublicKey),
                UserJwt = "none is asked for",
                NodeToken = "token",
                BrokerUrls = [$"nats://127.0.0.1:{_brokerPort}"],
                LeaseSeconds = 90,
            };
        Registered = request;
        if (status == 200 && request.Nonce is not null)
        {
            Interlocked.Increment(ref _registrations);
        }

        Reply(context, status, status == 200 ? reply : null, ContractsJson.Default.RegisterReply);
    }

    private static void Reply<T>(HttpListenerContext context, int status, T? body, JsonTypeInfo<T> type)
        where T : class
    {
        context.Response.StatusCode = status;
        if (body is not null)
        {
            context.Response.OutputStream.Write(JsonSerializer.SerializeToUtf8Bytes(body, type));
        }

        context.Response.Close();
    }
}
