using System.Collections.Concurrent;
using Encode.Contracts.Json;
using Encode.TestKit;

namespace Encode.Messaging.Tests;

/// <summary>
/// What the broker lets a node do, and what it refuses: the whole matrix of verbs, own and foreign. A refusal is seen twice: the
/// broker says so to the sender, and an eavesdropper with all rights (the account's own) hears nothing.
/// </summary>
public sealed class PermissionTests
{
    private static readonly ContractsJson s_json = ContractsJson.Default;

    public static TheoryData<string, bool> Publishing => new()
    {
        { "encode.v1.node.{A}.heartbeat", true },
        { "encode.v1.node.{A}.progress", true },
        { "encode.v1.node.{A}.result", true },
        { "encode.v1.node.{A}.published", true },
        { "encode.v1.node.{A}.offer", false },
        { "encode.v1.node.{A}.control", false },
        { "encode.v1.node.{A}.other", false },
        { "encode.v1.node.{B}.heartbeat", false },
        { "encode.v1.node.{B}.progress", false },
        { "encode.v1.node.{B}.result", false },
        { "encode.v1.node.{B}.published", false },
        { "encode.v1.node.{B}.offer", false },
        { "encode.v1.node.{B}.control", false },
        { "_INBOX.{A}.x.y", false },
        { "_INBOX.{B}.x.y", false },
        { "_INBOX.master.x.y", false },
        { "$SYS.REQ.SERVER.PING", false },
        { "anything", false },
    };

    public static TheoryData<string, bool> Hearing => new()
    {
        { "encode.v1.node.{A}.offer", true },
        { "encode.v1.node.{A}.control", true },
        { "_INBOX.{A}.x.y", true },
        { "_INBOX.{A}.>", true },
        { "encode.v1.node.{A}.heartbeat", false },
        { "encode.v1.node.{A}.result", false },
        { "encode.v1.node.{B}.offer", false },
        { "encode.v1.node.{B}.control", false },
        { "encode.v1.node.{B}.result", false },
        { "encode.v1.node.*.offer", false },
        { "encode.v1.node.>", false },
        { "_INBOX.{B}.>", false },
        { "_INBOX.master.>", false },
        { "_INBOX.>", false },
        { "$SYS.>", false },
        { ">", false },
    };

    [Theory]
    [MemberData(nameof(Publishing))]
    public async Task Node_publishes_its_own_four_subjects_and_nothing_else(string pattern, bool allowed)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey a = NodeKey.Create();
        using NodeKey b = NodeKey.Create();
        await using BusConnection everything = broker.ConnectUnlimited();
        await using BusConnection node = broker.ConnectNode(a);
        string subject = Fill(pattern, a, b);
        ConcurrentQueue<string> heard = new();
        await everything.SubscribeAsync(subject, s_json.ProgressMessage, (s, _, _) => Note(heard, s)).WaitAsync(TestBroker.Limit);
        await node.WaitConnectedAsync().WaitAsync(TestBroker.Limit);

        await node.PublishAsync(subject, Samples.Progress, s_json.ProgressMessage);
        Assert.True(await node.FlushAsync(TestBroker.Limit));
        if (allowed)
        {
            await Eventually.IsTrueAsync("the message", TestBroker.Limit, () => heard.Contains(subject));
            Assert.Equal(0, node.ServerErrors);
        }
        else
        {
            await Eventually.IsTrueAsync("the broker's refusal", TestBroker.Limit, () => node.ServerErrors == 1);
            Assert.True(await everything.FlushAsync(TestBroker.Limit));
            Assert.Empty(heard);
        }
    }

    [Theory]
    [MemberData(nameof(Hearing))]
    public async Task Node_hears_its_own_offers_control_and_inbox_and_nothing_else(string pattern, bool allowed)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        using NodeKey a = NodeKey.Create();
        using NodeKey b = NodeKey.Create();
        await using BusConnection everything = broker.ConnectUnlimited();
        await using BusConnection node = broker.ConnectNode(a);
        string subject = Fill(pattern, a, b);
        ConcurrentQueue<string> heard = new();
        await node.SubscribeAsync(subject, s_json.ProgressMessage, (s, _, _) => Note(heard, s)).WaitAsync(TestBroker.Limit);
        await everything.WaitConnectedAsync().WaitAsync(TestBroker.Limit);

        string spoken = subject.Replace(">", "x.y", StringComparison.Ordinal).Replace("*", b.NodeId, StringComparison.Ordinal);
        await everything.PublishAsync(spoken, Samples.Progress, s_json.ProgressMessage);
        Assert.True(await everything.FlushAsync(TestBroker.Limit));
        if (allowed)
        {
            await Eventually.IsTrueAsync("the message", TestBroker.Limit, () => heard.Contains(spoken));
            Assert.Equal(0, node.ServerErrors);
        }
        else
        {
            await Eventually.IsTrueAsync("the broker's refusal", TestBroker.Limit, () => node.ServerErrors >= 1);
            Assert.True(await node.FlushAsync(TestBroker.Limit));
            Assert.Empty(heard);
        }
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

    private static string Fill(string pattern, NodeKey a, NodeKey b) =>
        pattern.Replace("{A}", a.NodeId, StringComparison.Ordinal).Replace("{B}", b.NodeId, StringComparison.Ordinal);

    private static ValueTask Note(ConcurrentQueue<string> heard, string subject)
    {
        heard.Enqueue(subject);
        return ValueTask.CompletedTask;
    }
}
