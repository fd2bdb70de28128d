using System.Net;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Master.Broker;
using Encode.Master.Configuration;
using Encode.Messaging;
using Encode.Messaging.Logging;
using Encode.Messaging.Tls;
using Encode.SystemTests;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Master.Tests.Broker;

/// <summary>The master in somebody else's cluster: three real servers, TLS, an account with a signing key.</summary>
public sealed class ExternalBrokerTests
{
    private static readonly TimeSpan Limit = HostedBroker.Limit;

    [Fact]
    public async Task Nodes_are_let_in_at_any_server_scoped_as_at_our_own_broker_and_outlive_the_death_of_the_one_they_are_at()
    {
        await using NatsCluster cluster = await NatsCluster.StartAsync();
        await using ExternalBroker broker = new(Read(cluster), NullLogger.Instance);
        await ListenAsync(broker);
        using NodeKey key = NodeKey.Create();
        using NodeKey other = NodeKey.Create();
        await using BusConnection node = Connect(broker, key);
        await HeartbeatAsync(node, key);

        await node.PublishAsync(Subjects.Result(other.NodeId), new AttemptReply(Verdict.Accepted), ContractsJson.Default.AttemptReply);
        await Eventually.IsTrueAsync("the cluster's refusal", Limit, () => node.ServerErrors == 1);

        // Where the node is, then where the master is.
        int first = await cluster.HolderOfAsync(key.NodeId);
        await cluster.KillAsync(first);
        await HeartbeatAsync(node, key);
        await cluster.StartServerAsync(first);
        int second = await cluster.HolderOfAsync("master");
        await cluster.KillAsync(second);
        await HeartbeatAsync(node, key);
        await Eventually.IsTrueAsync("both reconnects are counted", Limit, () => node.Reconnects + broker.Bus.Connection.Reconnects >= 2);
    }

    [Fact]
    public async Task Cluster_that_is_down_at_the_start_is_tried_until_it_is_there()
    {
        await using NatsCluster cluster = NatsCluster.Create();
        await using ExternalBroker broker = new(Read(cluster), NullLogger.Instance);
        Task listening = ListenAsync(broker);
        await Eventually.IsTrueAsync("failed attempts", Limit, () => broker.Bus.Connection.FailedConnects >= 2);
        Assert.False(listening.IsCompleted);
        await cluster.StartServerAsync(1);
        await listening;
        Assert.Equal(BusState.Connected, broker.Bus.Connection.State);
    }

    [Fact]
    public async Task Signing_key_of_another_account_is_told_once_the_master_is_in()
    {
        await using NatsCluster cluster = await NatsCluster.StartAsync();
        using NATS.NKeys.KeyPair stranger = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.Account);
        File.WriteAllText(cluster.SigningKeyFile, stranger.GetSeed());
        using Lines lines = new();
        using LineLoggerProvider provider = new(lines, json: false, TimeProvider.System);
        await using ExternalBroker broker = new(Read(cluster), provider.CreateLogger("broker"));
        await Eventually.IsTrueAsync(
            "the line", Limit, () => lines.ToString().Contains($"refuses users signed with {stranger.GetPublicKey()}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Removed_nodes_are_the_operators_to_revoke_and_the_log_says_how()
    {
        await using NatsCluster cluster = NatsCluster.Create();
        using Lines log = new();
        using LineLoggerProvider provider = new(log, json: false, TimeProvider.System);
        await using (ExternalBroker broker = new(Read(cluster), provider.CreateLogger("broker")))
        {
            await broker.RevokeNodeAsync("UABC");
        }

        Assert.Contains("nsc revocations add-user --user-public-key UABC", log.ToString(), StringComparison.Ordinal);
        Assert.Contains(cluster.AccountPublicKey, log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Master_whose_cluster_is_down_serves_its_API_and_says_so()
    {
        using TempFolder folder = new();
        await using NatsCluster cluster = NatsCluster.Create();
        MasterOptions options = Options(cluster) with { Port = LoopbackServer.FreePort(), Bind = "127.0.0.1", Db = folder.Combine("farm.db"), Files = folder.Combine("files") };
        using Lines lines = new();
        using CancellationTokenSource stop = new();
        Task<int> running = Task.Run(() => MasterProcess.RunAsync(options, new LineLoggerProvider(lines, json: false, TimeProvider.System), stop.Token), CancellationToken.None);
        await Eventually.IsTrueAsync("the master to listen", Limit, () => running.IsCompleted || lines.ToString().Contains("listens on http", StringComparison.Ordinal));
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{options.Port}") };
        using HttpResponseMessage down = await http.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, down.StatusCode);
        Assert.Contains("\"broker\":\"down\"", await down.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Eventually.IsTrueAsync("the line", Limit, () => lines.ToString().Contains("connect to the broker at tls://localhost:", StringComparison.Ordinal));

        await cluster.StartServerAsync(0);
        await Eventually.GetAsync("the master's health", Limit, async () =>
        {
            using HttpResponseMessage health = await http.GetAsync(new Uri("/health", UriKind.Relative));
            return health.StatusCode == HttpStatusCode.OK ? "ok" : null;
        });
        await stop.CancelAsync();
        Assert.Equal(0, await running.WaitAsync(Limit));
    }

    private static MasterOptions Options(NatsCluster cluster) =>
        new() { Nats = cluster.Urls, NatsCreds = cluster.CredentialsFile, NatsSigningKey = cluster.SigningKeyFile, NatsCa = cluster.CaFile };

    private static ExternalBrokerOptions Read(NatsCluster cluster) => ExternalBrokerOptions.Read(Options(cluster));

    private static BusConnection Connect(ExternalBroker broker, NodeKey key)
    {
        BusCredential credential = BusCredential.ForNode(key, broker.MintNode(key.NodeId, key.PublicKey));
        return new BusConnection(
            new BusOptions
            {
                Urls = broker.Address.Urls,
                Name = key.NodeId,
                NodeId = key.NodeId,
                Credential = () => credential,
                Trust = ServerTrust.InPem(broker.Address.AuthorityPem!, "the master's answer"),
                TlsFirst = broker.Address.TlsFirst,
            },
            NullLogger.Instance);
    }

    private static Task ListenAsync(ExternalBroker broker) => HostedBroker.ListenAsync(broker.Bus);

    private static Task<HeartbeatReply> HeartbeatAsync(BusConnection node, NodeKey key) => HostedBroker.HeartbeatAsync(node, key);
}
