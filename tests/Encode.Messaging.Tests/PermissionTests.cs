using System.Collections.Concurrent;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.TestKit;

namespace Encode.Messaging.Tests;

/// <summary>
/// What the broker lets a node do, and what it refuses. The whole matrix is walked: each verb of DESIGN 5 with each owner (the node itself,
/// another, a wildcard for all), inboxes, and what belongs to nobody, as publisher and as subscriber. A refusal is seen twice: the broker
/// says so to the sender, and an eavesdropper with all rights (the account's own) hears nothing.
/// </summary>
public sealed class PermissionTests
{
    private static readonly ContractsJson s_json = ContractsJson.Default;

    private static readonly string[] s_verbs = ["offer", "control", "heartbeat", "progress", "result", "published", "other"];

    /// <summary>Everything that a node may publish; it may answer what it was asked besides.</summary>
    private static readonly HashSet<string> s_mayPublish = ["encode.v1.node.{A}.heartbeat", "encode.v1.node.{A}.progress", "encode.v1.node.{A}.result", "encode.v1.node.{A}.published"];

    /// <summary>Everything that a node may subscribe to, and what lies within.</summary>
    private static readonly HashSet<string> s_mayHear = ["encode.v1.node.{A}.offer", "encode.v1.node.{A}.control", "_INBOX.{A}.>", "_INBOX.{A}.x.y", "_INBOX.{A}.*"];

    private static readonly string[] s_foreign =
    [
        "encode.v1.node.{A}", "encode.v1.node.{A}.offer.more", "encode.v1.node.{A}.heartbeat.more", "encode.v1", "encode.v2.node.{A}.heartbeat", "encode.v1.nodes.{A}.offer",
        "_INBOX.{A}.x.y", "_INBOX.{B}.x.y", "_INBOX.master.x.y", "_INBOX.x", "_INBOX",
        "$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO", "$SYS.ACCOUNT.x.CONNECT", "$JS.API.INFO", "$JS.API.STREAM.CREATE.jobs", "$KV.jobs.x", "$O.x", "$SRV.PING", "anything", "a.b.c",
    ];

    private static readonly string[] s_wild =
    [
        ">", "*", "*.>", "encode.>", "encode.*.node.{A}.offer", "encode.v1.node.>", "encode.v1.node.{A}.>", "encode.v1.node.{A}.*", "encode.v1.node.{B}.>", "encode.v1.node.*.*",
        "_INBOX.>", "_INBOX.*.>", "_INBOX.{A}.>", "_INBOX.{A}.*", "_INBOX.{B}.>", "_INBOX.master.>", "$SYS.>", "$JS.>", "$JS.API.>", "$KV.>", "$SRV.>",
    ];

    [Fact]
    public async Task Node_publishes_its_own_four_subjects_and_nothing_else()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey a = NodeKey.Create();
        using NodeKey b = NodeKey.Create();
        await using BusConnection everything = broker.ConnectUnlimited();
        await using BusConnection node = broker.ConnectNode(a);
        ConcurrentQueue<string> heard = new();
        await everything.SubscribeAsync(">", s_json.ProgressMessage, (s, _, _) => Note(heard, s)).WaitAsync(TestBroker.Limit);
        await node.WaitConnectedAsync().WaitAsync(TestBroker.Limit);

        List<string> wrong = [];
        string[] subjects = [.. s_verbs.SelectMany(verb => (string[])[$"encode.v1.node.{{A}}.{verb}", $"encode.v1.node.{{B}}.{verb}"]), .. s_foreign];
        foreach (string pattern in subjects)
        {
            string subject = Fill(pattern, a, b);
            long refusals = node.ServerErrors;
            await node.PublishAsync(subject, Samples.Progress, s_json.ProgressMessage);
            Assert.True(await node.FlushAsync(TestBroker.Limit));
            bool allowed = s_mayPublish.Contains(pattern);
            await (allowed
                ? Eventually.IsTrueAsync($"the message on {pattern}", TestBroker.Limit, () => heard.Contains(subject) || node.ServerErrors > refusals)
                : Eventually.IsTrueAsync($"the refusal of {pattern}", TestBroker.Limit, () => node.ServerErrors > refusals || heard.Contains(subject)));
            Assert.True(await everything.FlushAsync(TestBroker.Limit));
            if (heard.Contains(subject) != allowed || node.ServerErrors > refusals == allowed)
            {
                wrong.Add(pattern);
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(s_mayPublish.Count, heard.Count);
        Assert.Equal(BusState.Connected, node.State);
    }

    [Fact]
    public async Task Node_hears_its_own_offers_control_and_inbox_and_nothing_else()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey a = NodeKey.Create();
        using NodeKey b = NodeKey.Create();
        await using BusConnection everything = broker.ConnectUnlimited();
        await everything.WaitConnectedAsync().WaitAsync(TestBroker.Limit);

        List<string> wrong = [];
        string[] subjects = [.. s_verbs.SelectMany(verb => (string[])[$"encode.v1.node.{{A}}.{verb}", $"encode.v1.node.{{B}}.{verb}", $"encode.v1.node.*.{verb}"]), .. s_foreign, .. s_wild];
        foreach (string pattern in subjects)
        {
            // One connection a pattern: a node may have a few subscriptions only.
            await using BusConnection node = broker.ConnectNode(a);
            ConcurrentQueue<string> heard = new();
            await node.SubscribeAsync(Fill(pattern, a, b), s_json.ProgressMessage, (s, _, _) => Note(heard, s)).WaitAsync(TestBroker.Limit);
            foreach (string spoken in Within(pattern, a, b))
            {
                await everything.PublishAsync(spoken, Samples.Progress, s_json.ProgressMessage);
            }

            Assert.True(await everything.FlushAsync(TestBroker.Limit));
            bool allowed = s_mayHear.Contains(pattern);
            await Eventually.IsTrueAsync($"a word on {pattern}", TestBroker.Limit, () => node.ServerErrors > 0 || !heard.IsEmpty);
            Assert.True(await node.FlushAsync(TestBroker.Limit));
            if (heard.IsEmpty == allowed || node.ServerErrors > 0 == allowed)
            {
                wrong.Add(pattern);
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Node_that_delivers_anothers_result_reaches_nobody()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey thief = NodeKey.Create();
        using NodeKey owner = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection thiefConnection = broker.ConnectNode(thief);
        await using BusConnection ownerConnection = broker.ConnectNode(owner);
        Heard master = new();
        await new MasterBus(masterConnection).StartAsync(master.AsMaster).WaitAsync(TestBroker.Limit);
        AgentBus asOwner = new(thiefConnection, owner.NodeId);
        Assert.Null(await asOwner.SendResultAsync(Samples.Result, TimeSpan.FromMilliseconds(500)));
        Assert.Null(await asOwner.SendPublishedAsync(Samples.Published, TimeSpan.FromMilliseconds(500)));
        await asOwner.SendProgressAsync(Samples.Progress);
        await Eventually.IsTrueAsync("three refusals", TestBroker.Limit, () => thiefConnection.ServerErrors == 3);
        Assert.Empty(master.Lines);

        // The owner's own arrives, and the thief's own stays the thief's.
        Assert.NotNull(await new AgentBus(ownerConnection, owner.NodeId).SendResultAsync(Samples.Result, TestBroker.Limit));
        Assert.NotNull(await new AgentBus(thiefConnection, thief.NodeId).SendResultAsync(Samples.Result, TestBroker.Limit));
        Assert.Equal([$"{owner.NodeId} result it is not media", $"{thief.NodeId} result it is not media"], master.Lines);
    }

    [Fact]
    public async Task Node_answers_what_it_was_asked_once_and_not_what_another_was_asked()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey a = NodeKey.Create();
        await using BusConnection masterConnection = broker.ConnectMaster();
        await using BusConnection node = broker.ConnectNode(a);
        await using BusConnection everything = broker.ConnectUnlimited();
        ConcurrentQueue<string> answers = new();
        await everything.SubscribeAsync("_INBOX.master.>", s_json.OfferReply, (s, _, _) => Note(answers, s)).WaitAsync(TestBroker.Limit);
        await new AgentBus(node, a.NodeId).StartAsync(new Heard().AsAgent).WaitAsync(TestBroker.Limit);
        Assert.NotNull(await new MasterBus(masterConnection).SendOfferAsync(a.NodeId, Samples.Offer, TestBroker.Limit));
        await Eventually.IsTrueAsync("the answer", TestBroker.Limit, () => answers.Count == 1);

        // The same place again, and a made-up one.
        foreach (string inbox in (string[])[answers.First(), "_INBOX.master.x.y"])
        {
            long refusals = node.ServerErrors;
            await node.PublishAsync(inbox, new OfferReply(true), s_json.OfferReply);
            await Eventually.IsTrueAsync("the refusal", TestBroker.Limit, () => node.ServerErrors > refusals);
        }

        Assert.True(await everything.FlushAsync(TestBroker.Limit));
        Assert.Single(answers);
    }

    [Fact]
    public async Task Node_with_another_key_than_its_JWTs_is_not_let_in()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey honest = NodeKey.Create();
        using NodeKey thief = NodeKey.Create();
        BusCredential stolen = BusCredential.ForNode(thief, broker.Keys.MintNode(honest.NodeId, honest.PublicKey));
        await using BusConnection connection = broker.ConnectNode(thief, o => o with { Credential = () => stolen });
        await Eventually.IsTrueAsync("the broker's refusal", TestBroker.Limit, () => connection.FailedConnects > 0);
        Assert.Equal(BusState.Disconnected, connection.State);
    }

    [Fact]
    public async Task JWT_of_another_operator_is_not_let_in()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using TempFolder folder = new();
        using OperatorKeys other = OperatorKeys.LoadOrCreate(folder.Combine("keys"));
        using NodeKey key = NodeKey.Create();
        BusCredential foreign = BusCredential.ForNode(key, other.MintNode(key.NodeId, key.PublicKey));
        await using BusConnection connection = broker.ConnectNode(key, o => o with { Credential = () => foreign });
        await Eventually.IsTrueAsync("the broker's refusal", TestBroker.Limit, () => connection.FailedConnects > 0);
        Assert.Equal(BusState.Disconnected, connection.State);
    }

    [Fact]
    public async Task Node_whose_JWT_ends_is_put_out_and_comes_back_with_a_new_one()
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey key = NodeKey.Create();
        string jwt = broker.Keys.MintNode(key.NodeId, key.PublicKey, TimeSpan.FromSeconds(2));
        await using BusConnection connection = broker.ConnectNode(key, o => o with { Credential = () => BusCredential.ForNode(key, Volatile.Read(ref jwt)) });
        await connection.WaitConnectedAsync().WaitAsync(TestBroker.Limit);
        await Eventually.IsTrueAsync("the end of the JWT", TestBroker.Limit, () => connection.State == BusState.Disconnected);

        // More than one refusal: the library would give up for good at the second equal one.
        await Eventually.IsTrueAsync("three refusals", TestBroker.Limit, () => connection.FailedConnects >= 3);
        Volatile.Write(ref jwt, broker.Keys.MintNode(key.NodeId, key.PublicKey));
        await Eventually.IsTrueAsync("the connection", TestBroker.Limit, () => connection.State == BusState.Connected);
    }

    /// <summary>Subjects that a pattern covers: of both nodes, for every verb, where it leaves that open.</summary>
    private static IEnumerable<string> Within(string pattern, NodeKey a, NodeKey b)
    {
        string filled = Fill(pattern, a, b);
        if (!filled.Contains('*', StringComparison.Ordinal) && !filled.EndsWith('>'))
        {
            return [filled];
        }

        string one = filled.EndsWith('>') ? filled[..^1] + "x.y" : filled;
        return [one.Replace("*", a.NodeId, StringComparison.Ordinal), one.Replace("*", b.NodeId, StringComparison.Ordinal), $"encode.v1.node.{a.NodeId}.offer", $"encode.v1.node.{b.NodeId}.offer"];
    }

    private static string Fill(string pattern, NodeKey a, NodeKey b) =>
        pattern.Replace("{A}", a.NodeId, StringComparison.Ordinal).Replace("{B}", b.NodeId, StringComparison.Ordinal);

    private static ValueTask Note(ConcurrentQueue<string> heard, string subject)
    {
        heard.Enqueue(subject);
        return ValueTask.CompletedTask;
    }
}
