using Encode.Master.Broker;
using Encode.Messaging;
using Encode.TestKit;
using static Encode.Master.Tests.Broker.HostedBroker;

namespace Encode.Master.Tests.Broker;

/// <summary>A node that is removed loses the broker at once, stays out over restarts, and comes back when it is let in again.</summary>
public sealed class BrokerRevocationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Revoked_node_is_cut_off_and_kept_gonewhile_others_go_on_until_it_is_let_in_again()
    {
        await using BrokerHost host = await StartAsync();
        await ListenAsync(host);
        using NodeKey removed = NodeKey.Create();
        using NodeKey other = NodeKey.Create();
        string jwt = host.MintNode(removed.NodeId, removed.PublicKey);
        await using BusConnection gone = Connect(host, removed, o => o with { Credential = () => BusCredential.ForNode(removed, Volatile.Read(ref jwt)) });
        await using BusConnection stays = Connect(host, other);
        await HeartbeatAsync(gone, removed);
        await HeartbeatAsync(stays, other);

        await host.RevokeNodeAsync(removed.PublicKey);
        await Eventually.IsTrueAsync("two refusals", Limit, () => gone.State == BusState.Disconnected && gone.FailedConnects >= 2);
        await HeartbeatAsync(stays, other);
        Assert.Equal(0, stays.Reconnects);
        Assert.Equal(0, host.Bus.Connection.Reconnects);

        // In the second of the revocation already.
        Volatile.Write(ref jwt, host.MintNode(removed.NodeId, removed.PublicKey));
        await HeartbeatAsync(gone, removed);
    }

    [Fact]
    public async Task Revocation_outlives_the_broker_and_the_master()
    {
        using NodeKey removed = NodeKey.Create();
        string jwt;
        await using (BrokerHost first = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys") }))
        {
            jwt = first.MintNode(removed.NodeId, removed.PublicKey);
            await first.RevokeNodeAsync(removed.PublicKey);
            await first.RevokeNodeAsync(removed.PublicKey);
            await KillAsync(first);
            await RefusedAsync(first, removed, jwt);
        }

        await using BrokerHost second = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys") });
        await RefusedAsync(second, removed, jwt);
    }

    [Fact]
    public async Task Broker_that_does_not_read_its_configuration_again_is_replaced_by_one_that_did()
    {
        await using BrokerHost host = await StartAsync();
        using NodeKey removed = NodeKey.Create();
        string jwt = host.MintNode(removed.NodeId, removed.PublicKey);
        int first = host.ProcessId;
        Signal(host, 19); // SIGSTOP: it hears nothing
        await host.RevokeNodeAsync(removed.PublicKey).WaitAsync(Limit);
        await Eventually.IsTrueAsync("another broker", Limit, () => host.ProcessId != first && host.IsUp);
        await RefusedAsync(host, removed, jwt);
    }

    [Fact]
    public async Task Nodes_JWT_ends_after_the_lifetime_and_a_new_one_goes_on_withgonethe_broker_ever_cutting_it()
    {
        await using BrokerHost host = await StartAsync(o => o with { NodeLifetime = TimeSpan.FromSeconds(3) });
        await ListenAsync(host);
        using NodeKey key = NodeKey.Create();
        string jwt = host.MintNode(key.NodeId, key.PublicKey);
        await using BusConnection node = Connect(host, key, o => o with { Credential = () => BusCredential.ForNode(key, Volatile.Read(ref jwt)) });
        await HeartbeatAsync(node, key);
        await Eventually.IsTrueAsync("the end of the JWT", Limit, () => node.State == BusState.Disconnected && node.FailedConnects > 0);
        Volatile.Write(ref jwt, host.MintNode(key.NodeId, key.PublicKey));
        await HeartbeatAsync(node, key);
    }

    private static async Task RefusedAsync(BrokerHost host, NodeKey key, string jwt)
    {
        await using BusConnection node = Connect(host, key, o => o with { Credential = () => BusCredential.ForNode(key, jwt) });
        await Eventually.IsTrueAsync("two refusals", Limit, () => node.FailedConnects >= 2);
        Assert.Equal(BusState.Disconnected, node.State);
    }
}
