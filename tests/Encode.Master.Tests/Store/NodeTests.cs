using Encode.Contracts.Nodes;
using Encode.Contracts.Scenarios;
using Encode.Master.Store;
using Encode.TestKit;

namespace Encode.Master.Tests.Store;

/// <summary>Nodes: whose name it is, who is alive.</summary>
public sealed class NodeTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private EncodeStore store;

    public NodeTests() => store = Open();

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_node_registers_again_under_its_own_key()
    {
        await store.RegisterNodeAsync(Samples.Node());
        RegisterResult again = await store.RegisterNodeAsync(Samples.Node(slots: 5, mediaRoots: "/srv/media"));
        Assert.True(again.Registered);
        NodeRow node = Assert.Single(await store.ListNodesAsync());
        Assert.Equal((Samples.NodeA, 5, NodeState.Online), (node.Id, node.Slots, node.State));
        Assert.Equal(["/srv/media"], node.MediaRoots);
        Assert.Equal("libx264", Assert.Single(node.Capabilities.Encoders).Name);
    }

    [Fact]
    public async Task A_second_key_is_refused_a_live_name_and_given_a_dead_one()
    {
        await store.RegisterNodeAsync(Samples.Node());
        NodeRegistration thief = Samples.Node("thief") with { Name = "a" };
        RegisterResult refused = await store.RegisterNodeAsync(thief);
        Assert.Equal((false, Samples.NodeA), (refused.Registered, refused.Node!.Id));
        clock.Advance(Samples.Lease);
        Assert.Equal(NodeState.Offline, (await store.GetNodeAsync(Samples.NodeA))!.State);
        Assert.True((await store.RegisterNodeAsync(thief)).Registered);
        Assert.Equal([$"a", $"a-{Samples.NodeA}"], (await store.ListNodesAsync()).Select(node => node.Name));
    }

    [Fact]
    public async Task Names_are_kept_for_a_lease_after_the_masters_own_start()
    {
        await store.RegisterNodeAsync(Samples.Node());
        store.Dispose();
        clock.Advance(TimeSpan.FromDays(1));
        store = Open();
        NodeRegistration thief = Samples.Node("thief") with { Name = "a" };
        Assert.False((await store.RegisterNodeAsync(thief)).Registered);
        clock.Advance(Samples.Lease);
        Assert.True((await store.RegisterNodeAsync(thief)).Registered);
    }

    [Fact]
    public async Task A_node_that_says_goodbye_frees_its_name()
    {
        await store.RegisterNodeAsync(Samples.Node());
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1) with { Draining = true, Leaving = true });
        Assert.Equal(NodeState.Offline, (await store.GetNodeAsync(Samples.NodeA))!.State);
        Assert.True((await store.RegisterNodeAsync(Samples.Node("other") with { Name = "a" })).Registered);
    }

    [Fact]
    public async Task A_heartbeat_tells_what_its_host_can_do_now()
    {
        await store.RegisterNodeAsync(Samples.Node());
        EncoderCapability nvenc = new("h264_nvenc", VideoCodec.H264, EncoderChoice.Nvenc, [8]);
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1) with { Capabilities = Samples.Capabilities(nvenc) });
        Assert.Contains(nvenc.Name, (await store.GetNodeAsync(Samples.NodeA))!.Capabilities.Encoders.Select(encoder => encoder.Name));

        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(2));
        Assert.Contains(nvenc.Name, (await store.GetNodeAsync(Samples.NodeA))!.Capabilities.Encoders.Select(encoder => encoder.Name));
    }

    [Fact]
    public async Task A_token_finds_its_node_and_only_the_newest_one_counts()
    {
        NodeRegistration registration = Samples.Node();
        await store.RegisterNodeAsync(registration);
        Assert.Equal(Samples.NodeA, (await store.FindNodeByTokenAsync(registration.TokenSha256))!.Id);
        await store.RegisterNodeAsync(registration with { TokenSha256 = Samples.HashOf('f') });
        Assert.Null(await store.FindNodeByTokenAsync(registration.TokenSha256));
        Assert.NotNull(await store.FindNodeByTokenAsync(Samples.HashOf('f')));
    }

    private EncodeStore Open() => EncodeStore.Open(new StoreOptions { Path = folder.Combine("farm.db"), Clock = clock });
}
