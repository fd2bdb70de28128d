using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;

namespace Encode.Messaging.Tests;

/// <summary>Master and node talk through a real nats-server.</summary>
public sealed class BusTests
{
    private static readonly ContractsJson s_json = ContractsJson.Default;
    private static readonly TimeSpan s_long = TestBroker.Limit;
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Every_message_reaches_the_other_side_and_is_answered()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection nodeConnection = broker.ConnectNode(key);
        Heard master = new();
        Heard agent = new();
        MasterBus masterBus = new(masterConnection);
        AgentBus agentBus = new(nodeConnection, key.NodeId);
        await masterBus.StartAsync(master.AsMaster).WaitAsync(s_long);
        await agentBus.StartAsync(agent.AsAgent).WaitAsync(s_long);

        HeartbeatReply? heartbeat = await agentBus.SendHeartbeatAsync(Samples.Heartbeat(1), s_long);
        Assert.Equal(90, heartbeat?.LeaseSeconds);
        Assert.Equal(Samples.Key, Assert.Single(heartbeat!.Held).Key);
        Assert.True(await agentBus.SendProgressAsync(Samples.Quiet));
        Assert.True(await agentBus.SendProgressAsync(Samples.Progress));
        Assert.Equal(new AttemptReply(Verdict.Accepted), await agentBus.SendResultAsync(Samples.Result, s_long));
        Assert.Equal(new AttemptReply(Verdict.Drop, "no such row"), await agentBus.SendPublishedAsync(Samples.Published, s_long));
        Assert.Equal(new OfferReply(true), await masterBus.SendOfferAsync(key.NodeId, Samples.Offer, s_long));
        Assert.True(await masterBus.SendControlAsync(key.NodeId, Samples.Cancel));

        await agent.LineAsync("control Cancel");
        await master.LineAsync($"{key.NodeId} progress Preparing");
        await master.LineAsync($"{key.NodeId} progress Encoding");
        Assert.Contains("offer 7", agent.Lines);
        Assert.Contains($"{key.NodeId} result it is not media", master.Lines);
        Assert.Contains($"{key.NodeId} published job-1", master.Lines);
        Assert.Equal(0, masterConnection.ServerErrors + nodeConnection.ServerErrors);
        Assert.Equal(0, masterConnection.MalformedMessages + nodeConnection.MalformedMessages);
    }

    [Fact]
    public async Task Connection_and_subscriptions_come_back_after_the_broker_was_killed()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection nodeConnection = broker.ConnectNode(key);
        MasterBus masterBus = new(masterConnection);
        AgentBus agentBus = new(nodeConnection, key.NodeId);
        await masterBus.StartAsync(new Heard().AsMaster).WaitAsync(s_long);
        await agentBus.StartAsync(new Heard().AsAgent).WaitAsync(s_long);

        for (int round = 1; round <= 2; round++)
        {
            await broker.KillAsync();
            await Eventually.IsTrueAsync("both to notice", s_long, () => masterConnection.State == BusState.Disconnected && nodeConnection.State == BusState.Disconnected);
            Assert.False(await agentBus.SendProgressAsync(Samples.Progress));
            Assert.Null(await agentBus.SendHeartbeatAsync(Samples.Heartbeat(round), s_short));

            await broker.StartServerAsync();
            await Eventually.GetAsync("an offer's answer", s_long, () => masterBus.SendOfferAsync(key.NodeId, Samples.Offer, s_short));
            await Eventually.GetAsync("a heartbeat's answer", s_long, () => agentBus.SendHeartbeatAsync(Samples.Heartbeat(round), s_short));
        }
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("expired")]
    [InlineData("another key's")]
    [InlineData("another operator's")]
    public async Task Botched_credential_given_at_a_reconnect_is_survived_until_a_good_one_is_given(string kind)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        using NodeKey other = NodeKey.Create();
        using OperatorKeys foreign = OperatorKeys.Create();
        BusCredential good = BusCredential.ForNode(key, broker.Keys.MintNode(key.NodeId, key.PublicKey));
        BusCredential bad = kind switch
        {
            "garbage" => new BusCredential("no.jwt.at-all", good.Seed),
            "expired" => BusCredential.ForNode(key, broker.Keys.MintNode(key.NodeId, key.PublicKey, TimeSpan.FromHours(-1))),
            "another key's" => BusCredential.ForNode(other, good.Jwt),
            _ => BusCredential.ForNode(key, foreign.MintNode(key.NodeId, key.PublicKey)),
        };
        BusCredential now = good;
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection node = broker.ConnectNode(key, o => o with { Credential = () => Volatile.Read(ref now) });
        await new MasterBus(masterConnection).StartAsync(new Heard().AsMaster).WaitAsync(s_long);
        AgentBus agent = new(node, key.NodeId);
        Assert.NotNull(await agent.SendHeartbeatAsync(Samples.Heartbeat(1), s_long));

        Volatile.Write(ref now, bad);
        await node.RenewAsync();
        await Eventually.IsTrueAsync("three refusals", s_long, () => node.State == BusState.Disconnected && node.FailedConnects >= 3);

        // The broker itself goes and comes back meanwhile.
        await broker.KillAsync();
        await broker.StartServerAsync();
        Volatile.Write(ref now, good);
        await Eventually.GetAsync("a heartbeat's answer", s_long, () => agent.SendHeartbeatAsync(Samples.Heartbeat(2), s_short));
        // What counts them hears of it a little later than the first message goes through.
        await Eventually.IsTrueAsync("both count it", s_long, () => node.Reconnects >= 1 && masterConnection.Reconnects >= 1);
    }

    [Fact]
    public async Task Renewed_connection_shows_the_new_credential_and_hears_as_before()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        int asked = 0;
        BusCredential credential = BusCredential.ForNode(key, broker.Keys.MintNode(key.NodeId, key.PublicKey));
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection node = broker.ConnectNode(key, o => o with
        {
            Credential = () =>
            {
                Interlocked.Increment(ref asked);
                return credential;
            },
        });
        await new AgentBus(node, key.NodeId).StartAsync(new Heard().AsAgent).WaitAsync(s_long);
        Assert.Equal((1, 0L), (asked, node.Reconnects));
        await node.RenewAsync();
        await Eventually.IsTrueAsync("the connection", s_long, () => node.State == BusState.Connected && node.Reconnects == 1);
        Assert.Equal(2, asked);
        MasterBus master = new(masterConnection);
        await Eventually.GetAsync("an offer's answer", s_long, () => master.SendOfferAsync(key.NodeId, Samples.Offer, s_short));
        Assert.Equal(0, node.ServerErrors);
    }

    [Fact]
    public async Task Connection_is_tried_until_the_broker_is_there()
    {
        int port = FreePort();
        BusCredential credential = new("not a jwt", "not a seed");
        await using BusConnection connection = new(
            new BusOptions { Urls = [$"nats://127.0.0.1:{port}"], Name = "early", Credential = () => credential }, NullLogger.Instance);
        Assert.Null(await connection.RequestAsync("x", Samples.Progress, s_json.ProgressMessage, s_json.AttemptReply, s_short));
        Assert.False(await connection.PublishAsync("x", Samples.Progress, s_json.ProgressMessage));
        Assert.Equal(BusState.Disconnected, connection.State);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.WaitConnectedAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Request_that_nobody_answers_is_null_at_once_or_at_the_timeout()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection nodeConnection = broker.ConnectNode(key);
        MasterBus bus = new(masterConnection);
        Assert.Null(await bus.SendOfferAsync(key.NodeId, Samples.Offer, s_long));

        AgentHandlers silent = new Heard().AsAgent with { OnOffer = (_, _) => ValueTask.FromResult<OfferReply?>(null) };
        await new AgentBus(nodeConnection, key.NodeId).StartAsync(silent).WaitAsync(s_long);
        Assert.Null(await bus.SendOfferAsync(key.NodeId, Samples.Offer, s_short));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bus.SendOfferAsync(key.NodeId, Samples.Offer, s_long, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Handler_that_throws_answers_nothing_and_hears_the_next_message()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection nodeConnection = broker.ConnectNode(key);
        Heard heard = new();
        MasterHandlers picky = heard.AsMaster with
        {
            OnHeartbeat = (node, m, c) => m.Sequence == 1 ? throw new InvalidOperationException("first") : heard.AsMaster.OnHeartbeat(node, m, c),
        };
        await new MasterBus(masterConnection).StartAsync(picky).WaitAsync(s_long);
        AgentBus agent = new(nodeConnection, key.NodeId);
        Assert.Null(await agent.SendHeartbeatAsync(Samples.Heartbeat(1), s_short));
        Assert.NotNull(await agent.SendHeartbeatAsync(Samples.Heartbeat(2), s_long));
    }

    [Fact]
    public async Task Payload_of_the_wrong_shape_is_counted_and_ignored()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection nodeConnection = broker.ConnectNode(key);
        await new MasterBus(masterConnection).StartAsync(new Heard().AsMaster).WaitAsync(s_long);
        await nodeConnection.WaitConnectedAsync().WaitAsync(s_long);

        await nodeConnection.PublishAsync(Subjects.Heartbeat(key.NodeId), ["no", "heartbeat"], s_json.IReadOnlyListString);
        await nodeConnection.PublishAsync(Subjects.Result(key.NodeId), new AttemptReply(Verdict.Retry), s_json.AttemptReply);
        await Eventually.IsTrueAsync("two malformed messages", s_long, () => masterConnection.MalformedMessages == 2);
        Assert.NotNull(await new AgentBus(nodeConnection, key.NodeId).SendHeartbeatAsync(Samples.Heartbeat(1), s_long));
    }

    [Fact]
    public async Task Message_that_is_too_large_is_refused_before_it_is_sent()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        await using BusConnection node = broker.ConnectNode(key);
        ResultMessage huge = Samples.Result with { Log = [new string('x', MessageLimits.PayloadBytes)] };
        MessagingException e = await Assert.ThrowsAsync<MessagingException>(() => new AgentBus(node, key.NodeId).SendResultAsync(huge, s_long));
        Assert.Contains("the broker takes 1048576", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_node_holds_up_neither_its_own_other_subjects_nor_other_nodes_and_order_is_kept()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey slow = NodeKey.Create();
        using NodeKey quick = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection slowConnection = broker.ConnectNode(slow);
        await using BusConnection quickConnection = broker.ConnectNode(quick);
        Heard heard = new();
        TaskCompletionSource release = new();
        ConcurrentQueue<string> phases = new();
        MasterHandlers handlers = heard.AsMaster with
        {
            OnProgress = async (node, m, _) =>
            {
                await (node == slow.NodeId ? release.Task : Task.CompletedTask);
                phases.Enqueue($"{node} {m.Key.Attempt}");
            },
        };
        await new MasterBus(masterConnection).StartAsync(handlers).WaitAsync(s_long);
        await Task.WhenAll(slowConnection.WaitConnectedAsync(), quickConnection.WaitConnectedAsync()).WaitAsync(s_long);
        AgentBus slowBus = new(slowConnection, slow.NodeId);
        for (int i = 1; i <= 50; i++)
        {
            await slowBus.SendProgressAsync(Samples.Progress with { Key = Samples.Key with { Attempt = i } });
        }

        Assert.NotNull(await slowBus.SendHeartbeatAsync(Samples.Heartbeat(1), s_long));
        await new AgentBus(quickConnection, quick.NodeId).SendProgressAsync(Samples.Progress);
        await Eventually.IsTrueAsync("the quick node", s_long, () => phases.Contains($"{quick.NodeId} 1"));
        release.SetResult();
        await Eventually.IsTrueAsync("the slow node", s_long, () => phases.Count == 51);
        Assert.Equal(Enumerable.Range(1, 50).Select(i => $"{slow.NodeId} {i}"), phases.Where(p => p.StartsWith(slow.NodeId, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Lanes_that_are_full_drop_and_count()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection nodeConnection = broker.ConnectNode(key);
        TaskCompletionSource release = new();
        MasterHandlers handlers = new Heard().AsMaster with { OnProgress = async (_, _, _) => await release.Task };
        await new MasterBus(masterConnection).StartAsync(handlers).WaitAsync(s_long);
        await nodeConnection.WaitConnectedAsync().WaitAsync(s_long);
        AgentBus agent = new(nodeConnection, key.NodeId);
        for (int i = 0; i < SubjectLanes.MaxWaiting + 11; i++)
        {
            Assert.True(await agent.SendProgressAsync(Samples.Progress));
        }

        await Eventually.IsTrueAsync("ten dropped", s_long, () => masterConnection.DroppedMessages == 10);
        release.SetResult();
    }

    [Fact]
    public async Task Lanes_are_bounded_by_what_they_keep_in_memory_too()
    {
        SubjectLanes lanes = new();
        TaskCompletionSource release = new();
        TaskCompletionSource last = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(lanes.Post("a", SubjectLanes.MaxWaitingBytes, () => release.Task));
        Assert.True(lanes.Post("a", SubjectLanes.MaxWaitingBytes - 1, () => Task.CompletedTask));
        Assert.False(lanes.Post("a", 2, () => Task.CompletedTask));
        Assert.True(lanes.Post("b", SubjectLanes.MaxWaitingBytes, () => Task.CompletedTask));
        release.SetResult();
        await Eventually.IsTrueAsync("the lane to have room again", s_long, () => lanes.Post("a", SubjectLanes.MaxWaitingBytes / 2, () => Finish(last)));
        await last.Task.WaitAsync(s_long);

        static Task Finish(TaskCompletionSource done)
        {
            done.TrySetResult();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Master_answers_a_node_in_its_own_inbox_and_nowhere_else()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey victim = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection victimConnection = broker.ConnectNode(victim);
        Heard heard = new();
        await new MasterBus(masterConnection).StartAsync(heard.AsMaster).WaitAsync(s_long);
        Heard agent = new();
        await new AgentBus(victimConnection, victim.NodeId).StartAsync(agent.AsAgent).WaitAsync(s_long);
        using NodeKey attacker = NodeKey.Create();
        BusCredential credential = BusCredential.ForNode(attacker, broker.Keys.MintNode(attacker.NodeId, attacker.PublicKey));
        await using NatsConnection raw = new(NatsOptions.From(new BusOptions { Urls = [broker.Url], Name = "raw", NodeId = attacker.NodeId, Credential = () => credential }));
        byte[] heartbeat = JsonSerializer.SerializeToUtf8Bytes(Samples.Heartbeat(1), s_json.Heartbeat);
        await raw.PublishAsync(Subjects.Heartbeat(attacker.NodeId), heartbeat, replyTo: Subjects.Control(victim.NodeId), serializer: NatsRawSerializer<byte[]>.Default);
        await Eventually.IsTrueAsync("the refusal", s_long, () => masterConnection.MalformedMessages == 1);
        Assert.Equal(0, victimConnection.MalformedMessages);
        Assert.NotNull(await new AgentBus(victimConnection, victim.NodeId).SendHeartbeatAsync(Samples.Heartbeat(1), s_long));
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
