using Encode.Agent.Cells;
using Encode.Agent.Native;

namespace Encode.Agent.Tests.Cells;

/// <summary>Which processors each slot runs on.</summary>
public sealed class ProcessorShareTests
{
    [Fact]
    public void Slots_share_the_processors_of_a_node_out_evenly()
    {
        Assert.Equal([[0], [1]], ProcessorShares.Of([[0, 1]], 2));
        Assert.Equal([[0, 4], [1, 5, 2], [6, 3, 7]], ProcessorShares.Of([[0, 4, 1, 5, 2, 6, 3, 7]], 3));
    }

    [Fact]
    public void Each_slot_stays_within_a_node_and_larger_nodes_get_more_of_them() =>
        Assert.Equal([[0, 1], [2, 3], [4, 5]], ProcessorShares.Of([[0, 1, 2, 3], [4, 5]], 3));

    [Fact]
    public void Slots_larger_than_a_node_have_several() =>
        Assert.Equal([[0, 1, 2], [3, 4, 5]], ProcessorShares.Of([[0, 1], [2, 3], [4, 5]], 2));

    [Fact]
    public void Slots_that_outnumber_the_processors_share_them() =>
        Assert.Equal([[0], [0], [1], [1]], ProcessorShares.Of([[0, 1]], 4));

    [Fact]
    public void A_single_slot_has_all_there_is() => Assert.Empty(ProcessorShares.Of([[0, 1], [2, 3]], 1));

    [Fact]
    public void This_host_has_at_least_the_processors_that_the_runtime_says() => // which may be fewer by a quota
        Assert.InRange(Processors.ByNode().SelectMany(node => node).Distinct().Count(), Environment.ProcessorCount, int.MaxValue);
}
