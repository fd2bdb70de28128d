using System.Globalization;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Agent.Tests.Farm;

/// <summary>A real broker with users and TLS, as the master configures it, on a port that it keeps; with the master's side of the bus.</summary>
internal sealed class UserBroker : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly int _port = LoopbackServer.FreePort();
    private readonly OperatorKeys _keys = OperatorKeys.Create();
    private RunningProgram? _server;
    private BusConnection? _connection;
    private int _certificates;

    /// <summary>Its certificate now, PEM.</summary>
    public string Certificate => _folder.Combine($"{_certificates}.crt");

    /// <summary>What registration tells a node of this broker now.</summary>
    public RegisterReply ReplyFor(NodeKey key, TimeSpan? lifetime = null) => new()
    {
        NodeId = key.NodeId,
        UserJwt = Mint(key, lifetime),
        BrokerUrls = [$"tls://127.0.0.1:{_port}"],
        BrokerTls = true,
        BrokerTlsFirst = true,
        BrokerCa = File.ReadAllText(Certificate),
        NodeToken = "token",
        LeaseSeconds = 90,
    };

    public string Mint(NodeKey key, TimeSpan? lifetime = null) => _keys.MintNode(key.NodeId, key.PublicKey, lifetime);

    /// <summary>Starts it, or starts it again with another self-signed certificate.</summary>
    public async Task StartAsync()
    {
        await StopAsync();
        _certificates++;
        SelfSigned.Write(Certificate, Key, ["127.0.0.1"]);
        string file = _folder.Combine("broker.conf");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $$"""
            host: 127.0.0.1
            port: {{_port}}
            operator: "{{_keys.OperatorJwt}}"
            resolver: MEMORY
            system_account: {{_keys.SystemAccountPublicKey}}
            resolver_preload: {
              {{_keys.AccountPublicKey}}: "{{_keys.AccountJwt()}}"
              {{_keys.SystemAccountPublicKey}}: "{{_keys.SystemAccountJwt()}}"
            }
            tls: { cert_file: "{{Certificate}}", key_file: "{{Key}}", handshake_first: true }

            """));
        _server = RunningProgram.Start(NatsServerProgram.Require(), ["-c", file]);
        await _server.WaitForLineAsync(line => line.Contains("Server is ready", StringComparison.Ordinal), FakeMaster.Deadline);
        BusCredential master = _keys.MintMaster();
        _connection = new BusConnection(
            new BusOptions { Urls = [$"tls://127.0.0.1:{_port}"], Name = "master", Credential = () => master, Trust = ServerTrust.InFile(Certificate), TlsFirst = true }, NullLogger.Instance);
        await new MasterBus(_connection).StartAsync(new MasterHandlers
        {
            OnHeartbeat = (_, heartbeat, _) => ValueTask.FromResult<HeartbeatReply?>(FakeMaster.AcceptAll(heartbeat)),
            OnProgress = (_, _, _) => ValueTask.CompletedTask,
            OnResult = (_, _, _) => ValueTask.FromResult<AttemptReply?>(null),
            OnPublished = (_, _, _) => ValueTask.FromResult<AttemptReply?>(null),
        });
    }

    /// <summary>Offers a node something; null when it does not hear.</summary>
    public Task<OfferReply?> OfferAsync(string nodeId, JobOffer offer) => new MasterBus(_connection!).SendOfferAsync(nodeId, offer, TimeSpan.FromSeconds(1));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _keys.Dispose();
        _folder.Dispose();
    }

    private string Key => _folder.Combine($"{_certificates}.key");

    private async Task StopAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
