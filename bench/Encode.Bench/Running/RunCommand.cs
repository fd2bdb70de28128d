using System.Text.Json;
using Encode.Bench.Jobs;
using Encode.Bench.Terminal;
using Encode.Contracts.Scenarios;

namespace Encode.Bench.Running;

/// <summary>
/// <c>bench run SCENARIO</c>: one encode in this process, through the pipeline that the agent's cells run, into temporary files that are
/// checked as the agent checks them and then dropped. Check and quality come after the measured time.
/// </summary>
/// <param name="options">What the user asked for.</param>
/// <param name="settings">The same, resolved.</param>
internal sealed class RunCommand(RunOptions options, EncodeSettings settings)
{
    /// <summary>Encodes and prints; the exit code.</summary>
    public int Run() => Verb.Run($"bench run {options.Input ?? "a generated clip"}", cancel =>
    {
        RunReport report = LiveProgress.Run(progress => Measure(progress, cancel));
        if (options.Format == ReportFormat.Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, BenchJson.Default.RunReport));
        }
        else
        {
            report.Print();
        }

        return BenchCommands.Success;
    });

    private RunReport Measure(LiveProgress progress, CancellationToken cancel)
    {
        using ScratchFolder scratch = new();
        string[] outputs = [.. Enumerable.Range(0, OutputNames.CountOf(settings)).Select(number => scratch.File($"output-{number}.mp4"))];
        EncodeJob job = new(settings, outputs, options.Input);
        ProgressStep step = progress.Add(settings.Scenario, 1);
        EncodeOutcome outcome = JobRun.Run(job, new ProgressObserver(step, settings.Scenario), check: true, cancel);
        return RunReport.Of(job, outcome);
    }
}
