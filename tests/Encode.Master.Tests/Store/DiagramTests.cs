using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.TestKit;

namespace Encode.Master.Tests.Store;

/// <summary>The README's diagram of job states is the third place where they are written; it must not tell otherwise.</summary>
public sealed class DiagramTests
{
    private const string Arrow = "─►";

    [Fact]
    public void The_readmes_diagram_names_every_state_and_draws_no_move_that_is_not_allowed()
    {
        string[] lines = File.ReadAllLines(RepositoryRoot.Combine("README.md"));
        int first = Array.FindIndex(lines, line => line.Contains($"queued {Arrow} assigned", StringComparison.Ordinal));
        Assert.True(first >= 0, "README.md has no diagram that begins with 'queued ─► assigned'");
        string[] diagram = [.. lines[first..].TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal))];
        Dictionary<string, JobState> states = Enum.GetValues<JobState>().ToDictionary(state => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString()));
        Assert.All(states.Keys, name => Assert.Contains(diagram, line => line.Contains(name, StringComparison.Ordinal)));
        string[] chain = [.. diagram[0].Split(Arrow).Select(part => part.Trim())];
        Assert.Equal(5, chain.Length);
        Assert.All(chain.Zip(chain.Skip(1)), move => Assert.True(JobTransitions.IsAllowed(states[move.First], states[move.Second]), $"{move} is drawn"));
    }
}
