using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Bench;

/// <summary>
/// <c>bench run SCENARIO</c>: one encode in this process, through the pipeline that the agent's cells run, into a temporary file that is
/// checked as the agent checks it and then dropped. The check is outside of the measured time.
/// </summary>
internal sealed class RunCommand(EncodeSettings settings, string? input, bool json)
{
    /// <summary>Reads the arguments.</summary>
    /// <param name="scenario">Name of a scenario.</param>
    /// <param name="seconds">Length of the generated clip.</param>
    /// <param name="problem">What is wrong with them; null when all is well.</param>
    internal static EncodeSettings? Read(string scenario, double seconds, out string? problem)
    {
        EncodeSettings? settings = ScenarioTable.Find(scenario);
        problem = settings is null ? $"{scenario}: there is no such scenario; {ScenarioTable.Hint}"
            : seconds is not (> 0 and <= ScenarioLimits.MaxGeneratedSeconds) ? $"--seconds: a generated clip has up to {ScenarioLimits.MaxGeneratedSeconds} seconds; write --seconds 10"
            : null;
        return problem is null ? settings! with { GeneratedSeconds = seconds } : null;
    }

    /// <summary>Encodes and prints; the exit code.</summary>
    internal int Run()
    {
        using CancellationTokenSource cancel = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, cancel));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, cancel));
        string name = input ?? "a generated clip";
        try
        {
            RunReport report = Measure(cancel.Token);
            Console.Out.Write(json ? JsonSerializer.Serialize(report, RunReportJson.Default.RunReport) + "\n" : report.ToTable());
            return BenchCommands.Success;
        }
        catch (OperationCanceledException)
        {
            return BenchCommands.Fail($"bench run {name}: stopped; nothing was measured", BenchCommands.Interrupted);
        }
        catch (MediaException cause)
        {
            return BenchCommands.Fail($"bench run {name}: {cause.Message}", BenchCommands.Failure);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return BenchCommands.Fail($"bench run {name}: {cause.Message.TrimEnd('.')}; check the path, its permissions and the space in {Path.GetTempPath()}", BenchCommands.Failure);
        }
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource cancel)
    {
        context.Cancel = true;
        cancel.Cancel();
    }

    private RunReport Measure(CancellationToken cancel)
    {
        MediaRuntime.Initialize();
        using MediaInput? source = input is null ? null : new FileInput(File.OpenHandle(input));
        using SafeFileHandle output = Scratch();
        TranscodeRequest request = new() { Settings = settings, Input = source, Outputs = [output] };
        TimeSpan processorBefore = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        TranscodeResult result = Transcoder.Run(request, new Silent(), cancel);
        double elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        double processor = (Environment.CpuUsage.TotalTime - processorBefore).TotalSeconds;
        long? peak = PeakMemory();
        OutputVerifier.Verify(output, result, cancel);
        return RunReport.Of(settings.Scenario, input, result, elapsed, processor, peak);
    }

    private static SafeFileHandle Scratch() => File.OpenHandle(
        Path.Combine(Path.GetTempPath(), $".encode-bench.{Environment.ProcessId}.mp4"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);

    // Not getrusage: its maximum counts what the process was before exec. Null where there is no /proc, as in a bare chroot.
    private static long? PeakMemory()
    {
        const string Label = "VmHWM:";
        const string Status = "/proc/self/status";
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal)) : null;
        return line is null ? null : long.Parse(line.AsSpan(Label.Length).TrimEnd("kB "), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) * 1024;
    }

    private sealed class Silent : ITranscodeObserver
    {
        public void OnProgress(JobProgress progress)
        {
        }

        public void OnFirstFrameSent()
        {
        }

        public void OnLog(string line)
        {
        }
    }
}
