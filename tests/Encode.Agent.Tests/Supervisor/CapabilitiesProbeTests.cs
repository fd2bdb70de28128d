using System.Text.Json;
using Encode.Agent.Supervisor;
using Encode.Contracts.Json;
using Encode.Contracts.Nodes;
using Encode.Media.Hardware;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Asking a child what the host can do. The child is a shell here.</summary>
public sealed class CapabilitiesProbeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_drivers_print_around_the_answer_does_not_matter()
    {
        NodeCapabilities host = HostProbe.Run("test") with { Decoders = [.. Enumerable.Range(0, 500).Select(number => $"decoder_{number}")] };
        string json = JsonSerializer.Serialize(host, ContractsJson.Default.NodeCapabilities);
        NodeCapabilities told = await AskAsync($"echo 'libva info {{' >&2; echo '{{ not json'; echo '{json}'; echo 'bye' >&2");
        Assert.Equal(host.Decoders, told.Decoders);
        Assert.Equal(host.Cpu, told.Cpu);
    }

    [Fact]
    public async Task A_child_that_dies_is_one_error()
    {
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => AskAsync("kill -SEGV $$"));
        Assert.Contains("signal 11", error.Message, StringComparison.Ordinal);
    }

    private static Task<NodeCapabilities> AskAsync(string script) => CapabilitiesProbe.AskAsync(["/bin/sh", "-c", script], Cancel);
}
