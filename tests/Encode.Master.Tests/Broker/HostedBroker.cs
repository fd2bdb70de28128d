using System.Net;
using Encode.Contracts.Messages;
using Encode.Master.Broker;
using Encode.Messaging;
using Encode.Messaging.Processes;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Master.Tests.Broker;

/// <summary>Starts the embedded broker on a port of its own, listens as the master, connects as a node.</summary>
internal static class HostedBroker
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    static HostedBroker() => ChildLauncher.SelfCommand = ChildLauncher.CommandFor(Path.Combine(AppContext.BaseDirectory, "master.dll"));

    public static Task<BrokerHost> StartAsync(Func<BrokerOptions, BrokerOptions>? change = null)
    {
        BrokerOptions options = new() { Bind = IPAddress.Loopback, Port = 0, ServerPath = NatsServerProgram.Require() };
        return BrokerHost.StartAsync(change is null ? options : change(options), NullLogger.Instance).WaitAsync(Limit);
    }

    public static Task ListenAsync(BrokerHost host) => ListenAsync(host.Bus);

    public static Task ListenAsync(MasterBus bus) => bus.StartAsync(new MasterHandlers
    {
        OnHeartbeat = (_, _, _) => ValueTask.FromResult<HeartbeatReply?>(new HeartbeatReply([], 90, Drain: false)),
        OnProgress = (_, _, _) => ValueTask.CompletedTask,
        OnResult = (_, _, _) => ValueTask.FromResult<AttemptReply?>(null),
        OnPublished = (_, _, _) => ValueTask.FromResult<AttemptReply?>(null),
    }).WaitAsync(Limit);

    public static BusConnection Connect(BrokerHost host, NodeKey key, Func<BusOptions, BusOptions>? change = null)
    {
        BusCredential credential = BusCredential.ForNode(key, host.MintNode(key.NodeId, key.PublicKey));
        BusOptions options = new() { Urls = [$"nats://127.0.0.1:{host.Port}"], Name = key.NodeId, NodeId = key.NodeId, Credential = () => credential, TlsFirst = true };
        return new BusConnection(change is null ? options : change(options), NullLogger.Instance);
    }

    public static Task<HeartbeatReply> HeartbeatAsync(BusConnection node, NodeKey key)
    {
        AgentBus bus = new(node, key.NodeId);
        Heartbeat heartbeat = new() { Incarnation = "i", Sequence = 1, SlotsTotal = 1, SlotsFree = 1, Held = [] };
        return Eventually.GetAsync("a heartbeat's answer", Limit, () => bus.SendHeartbeatAsync(heartbeat, TimeSpan.FromSeconds(5)));
    }

    /// <summary>Ends a broker's process as a crash would, and waits for the next.</summary>
    public static async Task KillAsync(BrokerHost host)
    {
        int first = host.ProcessId;
        Signal(host, 9);
        await Eventually.IsTrueAsync("another broker", Limit, () => host.ProcessId != first && host.IsUp);
    }

    public static void Signal(BrokerHost host, int signal)
    {
        using System.Diagnostics.Process kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{host.ProcessId}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
