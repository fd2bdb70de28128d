using System.Text;
using System.Text.Json;
using Encode.Agent.Options;
using Encode.Contracts.Jobs;
using Encode.Contracts.Json;
using Encode.Contracts.Nodes;
using Encode.Media.Hardware;
using Encode.Messaging.Processes;

namespace Encode.Agent.Supervisor;

/// <summary>Asks what this host can do, in a child: opening a device runs driver code, which the supervisor never does.</summary>
internal static class CapabilitiesProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <exception cref="AttemptException">The child died or did not answer.</exception>
    internal static async Task<NodeCapabilities> RunAsync(Isolation isolation, string version, CancellationToken cancel)
    {
        if (isolation == Isolation.None)
        {
            return HostProbe.Run(version);
        }

        StringBuilder output = new();
        using ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = ChildLauncher.SelfCommand,
            Arguments = ["probe", "--json"],
            OnLine = line => output.Append(line),
        });
        try
        {
            ChildExit exit = await child.WaitForExitAsync(cancel).WaitAsync(Limit, cancel).ConfigureAwait(false);
            string text = output.ToString();
            return (exit.Success ? Parse(text) : null)
                ?? throw new AttemptException(ErrorClass.Platform, $"probe this host: 'agent probe --json' {exit}; run it by hand");
        }
        catch (TimeoutException cause)
        {
            throw new AttemptException(ErrorClass.Platform, $"probe this host: 'agent probe --json' did not end within {Limit.TotalSeconds:0} s; run it by hand", cause);
        }
    }

    private static NodeCapabilities? Parse(string text)
    {
        try
        {
            return text.IndexOf('{') is >= 0 and var start ? JsonSerializer.Deserialize(text[start..], ContractsJson.Default.NodeCapabilities) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
