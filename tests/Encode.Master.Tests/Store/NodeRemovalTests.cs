using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Nodes that an operator drains or removes.</summary>
public sealed class NodeRemovalTests : IDisposable
{
    private readonly ManualClock clock = new();
    private readonly EncodeStore store;

    public NodeRemovalTests() => store = EncodeStore.Open(new StoreOptions { Clock = clock });

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task A_removed_node_is_nobody_any_more_and_its_name_is_free()
    {
        NodeRegistration registration = Samples.Node();
        await store.RegisterNodeAsync(registration);
        Assert.Equal("a", (await store.RemoveNodeAsync(Samples.NodeA))!.Name);
        Assert.Null(await store.RemoveNodeAsync(Samples.NodeA));
        Assert.Null(await store.GetNodeAsync(Samples.NodeA));
        Assert.Empty(await store.ListNodesAsync());
        Assert.Null(await store.FindNodeByTokenAsync(registration.TokenSha256));
        Assert.Null(await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1)));
        Assert.Equal(new RegisterResult(false, null), await store.RegisterNodeAsync(registration));
        Assert.True((await store.RegisterNodeAsync(Samples.Node("other") with { Name = "a" })).Registered);
        Assert.Equal([registration.PublicKey], await store.RemovedKeysAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_removed_node_held_waits_again_at_once_and_costs_no_retry(bool running)
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow job = (await store.SubmitAsync(Samples.Job())).Job!;
        JobRow claimed = (await store.ClaimAsync(job.Id, Samples.NodeA, Samples.Lease))!;
        if (running)
        {
            await store.MarkRunningAsync(Samples.NodeA, claimed.Key!);
        }

        await store.RemoveNodeAsync(Samples.NodeA);
        JobRow now = (await store.GetJobAsync(job.Id))!;
        Assert.Equal((JobState.Queued, 0, (DateTimeOffset?)null), (now.State, now.RetriesUsed, now.NotBefore));
        Assert.Null(await store.ClaimAsync(job.Id, Samples.NodeA, Samples.Lease));
        Assert.NotNull(await store.ClaimAsync(job.Id, Samples.NodeB, Samples.Lease));
    }

    [Fact]
    public async Task A_certificate_is_refused_once_no_node_that_stays_has_shown_it()
    {
        string shared = Samples.HashOf('1');
        string own = Samples.HashOf('2');
        await store.RegisterNodeAsync(Samples.Node() with { CertificateSha256 = shared });
        await store.RegisterNodeAsync(Samples.Node() with { CertificateSha256 = own });
        await store.RegisterNodeAsync(Samples.Node("b") with { CertificateSha256 = shared });
        Assert.Empty(await store.RemovedCertificatesAsync());
        await store.RemoveNodeAsync(Samples.NodeA);
        Assert.Equal([own], await store.RemovedCertificatesAsync());
        await store.RemoveNodeAsync(Samples.NodeB);
        Assert.Equal([shared, own], (await store.RemovedCertificatesAsync()).Order());
    }

    [Fact]
    public async Task A_node_that_is_to_drain_is_told_so_until_it_is_not()
    {
        await store.RegisterNodeAsync(Samples.Node());
        Assert.Equal(NodeState.Draining, (await store.SetDrainAsync(Samples.NodeA, drain: true))!.State);
        Assert.True((await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1)))!.Drain);

        // It drains and holds nothing: that is not how it says goodbye.
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(2) with { Draining = true });
        Assert.Equal(NodeState.Draining, (await store.GetNodeAsync(Samples.NodeA))!.State);

        // A restart of its agent does not end an operator's wish.
        await store.RegisterNodeAsync(Samples.Node());
        Assert.Equal(NodeState.Draining, (await store.GetNodeAsync(Samples.NodeA))!.State);
        await store.SetDrainAsync(Samples.NodeA, drain: false);
        HeartbeatReply reply = (await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1) with { Incarnation = "again" }))!;
        Assert.False(reply.Drain);

        // It has not heard of that when it beats next: it holds nothing and does not leave.
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(2) with { Incarnation = "again", Draining = true });
        Assert.Equal(NodeState.Draining, (await store.GetNodeAsync(Samples.NodeA))!.State);
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(3) with { Incarnation = "again" });
        Assert.Equal(NodeState.Online, (await store.GetNodeAsync(Samples.NodeA))!.State);
        Assert.Null(await store.SetDrainAsync("nobody", drain: true));
    }
}
