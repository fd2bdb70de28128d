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
    private const int MaxAnswerChars = 1 << 20; // some 500 decoders make 20,000
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>How long after the child's end its answer may still be on its way, on a host whose processors are all busy.</summary>
    private static readonly TimeSpan LastLine = TimeSpan.FromSeconds(10);

    /// <exception cref="AttemptException">The child died or did not answer.</exception>
    internal static async Task<NodeCapabilities> RunAsync(Isolation isolation, string version, CancellationToken cancel)
    {
        if (isolation == Isolation.None)
        {
            return HostProbe.Run(version);
        }

        return await AskAsync(ChildLauncher.SelfCommand, cancel).ConfigureAwait(false);
    }

    /// <summary>Waits for the one line that holds the answer. Other lines are a driver's, and the end of the child says nothing: its last line may come later.</summary>
    internal static async Task<NodeCapabilities> AskAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        TaskCompletionSource<NodeCapabilities> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ChildProcess child = ChildProcess.Start(new ChildStart
        {
            Command = command,
            Arguments = ["probe", "--json"],
            MaxLineChars = MaxAnswerChars,
            OnLine = line => Read(line, answer),
        });
        try
        {
            Task failed = FailedAsync(child.Exited);
            await (await Task.WhenAny(answer.Task, failed).WaitAsync(Limit, cancel).ConfigureAwait(false)).ConfigureAwait(false);
            return await answer.Task.ConfigureAwait(false);
        }
        catch (TimeoutException cause)
        {
            throw new AttemptException(ErrorClass.Platform, $"probe this host: 'agent probe --json' did not end within {Limit.TotalSeconds:0} s; run it by hand", cause);
        }
    }

    private static async Task FailedAsync(Task<ChildExit> exited)
    {
        ChildExit exit = await exited.ConfigureAwait(false);
        if (exit.Success)
        {
            await Task.Delay(LastLine).ConfigureAwait(false);
        }

        throw new AttemptException(ErrorClass.Platform, $"probe this host: 'agent probe --json' {exit} without an answer; run it by hand");
    }

    private static void Read(string line, TaskCompletionSource<NodeCapabilities> answer)
    {
        try
        {
            if (line.StartsWith('{') && JsonSerializer.Deserialize(line, ContractsJson.Default.NodeCapabilities) is { } capabilities)
            {
                answer.TrySetResult(capabilities);
            }
        }
        catch (JsonException)
        {
            // Somebody else's brace.
        }
    }
}
