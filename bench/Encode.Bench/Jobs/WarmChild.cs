using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Encode.Bench.Processes;
using Microsoft.Win32.SafeHandles;

namespace Encode.Bench.Jobs;

/// <summary>A warm <see cref="EncodeChild"/> from the side of who gives it jobs. Used by one thread at a time.</summary>
internal sealed class WarmChild : IDisposable
{
    private readonly StreamWriter _jobs;
    private readonly StreamReader _outcomes;
    private readonly Child _child;
    private readonly string _errorFile;
    private ProcessCost? _ended;

    private WarmChild(Child child, SafeFileHandle jobs, SafeFileHandle outcomes, string errorFile)
    {
        _child = child;
        _errorFile = errorFile;
        _jobs = new StreamWriter(new FileStream(jobs, FileAccess.Write, bufferSize: 0), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        _outcomes = new StreamReader(new FileStream(outcomes, FileAccess.Read, bufferSize: 0), Encoding.UTF8);
    }

    /// <summary>Starts a child and waits until its libraries are loaded.</summary>
    /// <param name="group">What ends it if nobody else does.</param>
    /// <param name="folder">Takes its error output.</param>
    /// <param name="program">What to start instead of this program: a test's, that is not there.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    /// <exception cref="BenchException">It died.</exception>
    public static WarmChild Start(ChildGroup group, string folder, IReadOnlyList<string>? program = null)
    {
        string errors = Path.Combine(folder, $"{Guid.NewGuid():N}.errors");
        (SafeFileHandle childJobs, SafeFileHandle jobs) = ChildGroup.Pipe();
        (SafeFileHandle outcomes, SafeFileHandle childOutcomes) = ChildGroup.Pipe();
        WarmChild warm;
        try
        {
            Child child = group.Spawn(
                [.. program ?? SelfProgram.Command, HiddenVerbs.Encode], new ChildStreams { InputPipe = childJobs, OutputPipe = childOutcomes, ErrorFile = errors });
            warm = new WarmChild(child, jobs, outcomes, errors);
        }
        catch
        {
            jobs.Dispose();
            outcomes.Dispose();
            throw;
        }
        finally
        {
            childJobs.Dispose();
            childOutcomes.Dispose();
        }

        string? line = warm._outcomes.ReadLine();
        return line == EncodeChild.Ready ? warm : throw warm.Died();
    }

    /// <summary>Has a job done.</summary>
    /// <returns>Its outcome, and the wall-clock seconds from the request to the answer.</returns>
    /// <exception cref="BenchException">The job failed, or the child died.</exception>
    public (EncodeOutcome Outcome, double WallSeconds) Run(EncodeJob job)
    {
        long began = Stopwatch.GetTimestamp();
        string? line;
        try
        {
            _jobs.WriteLine(JsonSerializer.Serialize(job, BenchJson.Default.EncodeJob));
            _jobs.Flush();
            line = _outcomes.ReadLine();
        }
        catch (IOException)
        {
            throw Died();
        }

        double wall = Stopwatch.GetElapsedTime(began).TotalSeconds;
        EncodeOutcome outcome = JsonSerializer.Deserialize(line ?? throw Died(), BenchJson.Default.EncodeOutcome)!;
        return outcome.Error is null ? (outcome, wall) : throw new BenchException($"encode {job.Input ?? "a generated clip"} in a child: {outcome.Error}");
    }

    /// <summary>Lets the child end and tells what it cost in all.</summary>
    public ProcessCost End()
    {
        if (_ended is null)
        {
            try
            {
                _jobs.Dispose();
            }
            catch (IOException)
            {
                // It died before it read all; its end says so.
            }

            _ended = _child.Wait();
            _outcomes.Dispose();
        }

        return _ended.Value;
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private BenchException Died() => ColdChild.Died(End().ExitCode, _errorFile);
}
