using System.Net;
using System.Net.Sockets;
using System.Text;
using Encode.Messaging.Processes;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.NKeys;

namespace Encode.Messaging.Tests;

/// <summary>A real nats-server with our operator and account, on a port of its own that it keeps over restarts.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly string _program;
    private readonly string? _tls;
    private ChildProcess? _child;

    private TestBroker(string program, string? tls)
    {
        _program = program;
        _tls = tls;
        Keys = OperatorKeys.Create();
    }

    public OperatorKeys Keys { get; }

    public int Port { get; private set; }

    /// <summary>Starts a broker, or skips the test when there is no nats-server.</summary>
    /// <param name="tls">The body of the configuration's <c>tls</c> block.</param>
    public static async Task<TestBroker> StartAsync(string? tls = null)
    {
        TestBroker broker = new(NatsServerProgram.Require(), tls);
        await broker.StartServerAsync();
        return broker;
    }

    public async Task StartServerAsync()
    {
        string file = _folder.Combine("broker.conf");
        await File.WriteAllTextAsync(file, $$"""
            host: 127.0.0.1
            port: {{(Port == 0 ? -1 : Port)}}
            ports_file_dir: "{{_folder.Path}}"
            operator: "{{Keys.OperatorJwt}}"
            resolver: MEMORY
            system_account: {{Keys.SystemAccountPublicKey}}
            resolver_preload: {
              {{Keys.AccountPublicKey}}: "{{Keys.AccountJwt()}}"
              {{Keys.SystemAccountPublicKey}}: "{{Keys.SystemAccountJwt()}}"
            }
            {{(_tls is null ? "" : $"tls {{ {_tls} }}")}}
            """);
        StringBuilder log = new();
        _child = ChildProcess.Start(new ChildStart { Command = [_program, "-c", file], OnLine = line => { lock (log) { log.AppendLine(line); } } });
        string report = _folder.Combine($"nats-server_{_child.Id}.ports");
        string ports = "";
        await Eventually.IsTrueAsync($"nats-server's ports:\n{log}", Limit, () => _child.Exited.IsCompleted || (ports = ReadWhole(report)).Length > 0);
        Assert.False(_child.Exited.IsCompleted, log.ToString());
        Port = int.Parse(ports.Split(':')[^1].TrimEnd('"', ']', '}'), System.Globalization.CultureInfo.InvariantCulture);
        await Eventually.IsTrueAsync("nats-server's port", Limit, CanConnect);
    }

    // The server creates the file before it has written it.
    private static string ReadWhole(string path)
    {
        string text = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        return text.EndsWith('}') ? text : "";
    }

    /// <summary>Kills the server as a crash would.</summary>
    public async Task KillAsync()
    {
        _child!.Kill();
        await _child.Exited.WaitAsync(Limit);
    }

    /// <summary>A connection as the master user.</summary>
    public BusConnection ConnectMaster(Func<BusOptions, BusOptions>? change = null)
    {
        BusCredential credential = Keys.MintMaster();
        return Connect(new BusOptions { Urls = [Url], Name = "master", Credential = () => credential }, change);
    }

    /// <summary>A connection as a node.</summary>
    public BusConnection ConnectNode(NodeKey key, Func<BusOptions, BusOptions>? change = null)
    {
        BusCredential credential = BusCredential.ForNode(key, Keys.MintNode(key.NodeId, key.PublicKey));
        return Connect(new BusOptions { Urls = [Url], Name = key.NodeId, NodeId = key.NodeId, Credential = () => credential }, change);
    }

    /// <summary>A connection that may say and hear everything in the account.</summary>
    public BusConnection ConnectUnlimited()
    {
        using KeyPair user = KeyPair.CreatePair(PrefixByte.User);
        UserClaims all = new() { Pub = new SubjectRule([">"]), Sub = new SubjectRule([">"]) };
        BusCredential credential = new(Keys.SignUser(user.GetPublicKey(), "everything", all), user.GetSeed());
        return Connect(new BusOptions { Urls = [Url], Name = "everything", Credential = () => credential }, null);
    }

    public string Url => $"{(_tls is null ? "nats" : "tls")}://127.0.0.1:{Port}";

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Keys.Dispose();
        _folder.Dispose();
    }

    private static BusConnection Connect(BusOptions options, Func<BusOptions, BusOptions>? change) =>
        new(change is null ? options : change(options), NullLogger.Instance);

    private bool CanConnect()
    {
        try
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
