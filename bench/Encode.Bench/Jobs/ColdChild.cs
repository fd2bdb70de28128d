using System.Text.Json;
using Encode.Bench.Processes;

namespace Encode.Bench.Jobs;

/// <summary>An <see cref="EncodeChild"/> that is started for one job and ends with it.</summary>
internal static class ColdChild
{
    /// <summary>Has a job done.</summary>
    /// <param name="group">What ends it if nobody else does.</param>
    /// <param name="folder">Takes the job, the outcome and the error output.</param>
    /// <param name="job">The job.</param>
    /// <returns>The outcome, and what the process cost from its start to its end.</returns>
    /// <exception cref="BenchException">The job failed, or the child died.</exception>
    public static (EncodeOutcome Outcome, ProcessCost Cost) Run(ChildGroup group, string folder, EncodeJob job)
    {
        string input = Path.Combine(folder, "child.job");
        string output = Path.Combine(folder, "child.outcome");
        string errors = Path.Combine(folder, "child.errors");
        File.WriteAllText(input, JsonSerializer.Serialize(job, BenchJson.Default.EncodeJob) + "\n");
        ProcessCost cost = group.Spawn([.. SelfProgram.Command, HiddenVerbs.Encode], new ChildStreams { InputFile = input, OutputFile = output, ErrorFile = errors }).Wait();
        string[] lines = File.ReadAllLines(output);
        EncodeOutcome? outcome = lines is [EncodeChild.Ready, var line, ..] ? JsonSerializer.Deserialize(line, BenchJson.Default.EncodeOutcome) : null;
        return outcome switch
        {
            { Error: null } when cost.ExitCode == 0 => (outcome, cost),
            { Error: { } error } => throw new BenchException($"encode {job.Input ?? "a generated clip"} in a child: {error}"),
            _ => throw Died(cost.ExitCode, errors),
        };
    }

    /// <summary>The error of a child that ended without an answer.</summary>
    /// <param name="exitCode">How it ended.</param>
    /// <param name="errorFile">What it said.</param>
    public static BenchException Died(int exitCode, string errorFile)
    {
        string? said = File.Exists(errorFile) ? File.ReadLines(errorFile).LastOrDefault(line => line.Length > 0) : null;
        return new BenchException($"encode in a child: it ended with exit code {exitCode} and said {said ?? "nothing"}; look at the host's memory and its log");
    }
}
