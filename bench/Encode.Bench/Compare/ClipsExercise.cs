using System.Collections.Concurrent;
using System.Globalization;
using Encode.Bench.Jobs;
using Encode.Bench.Processes;
using Encode.Contracts.Scenarios;

namespace Encode.Bench.Compare;

/// <summary>
/// Short jobs, some at a time: ours go to warm children, one a slot, that were started before; theirs are a command each, alone or by <c>xargs -P</c>.
/// Both sides share the processors out among the slots.
/// </summary>
/// <param name="name">What it is called.</param>
/// <param name="settings">What each job makes.</param>
/// <param name="clip">The source of every job.</param>
/// <param name="slots">Jobs at a time.</param>
internal sealed class ClipsExercise(string name, EncodeSettings settings, SourceClip clip, int slots) : Exercise
{
    private const string Placeholder = "{}";

    private CompareHost _host = null!;
    private WarmChild[] _children = [];
    private string _source = "";
    private string _listFile = "";
    private int _count;
    private int _threads;
    private IReadOnlyList<string> _command = [];

    public override string Name => name;

    /// <summary>Jobs of a full comparison.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Jobs of a quick one.</summary>
    public int QuickJobs { get; init; } = 1;

    /// <summary>Pairs of a full comparison; short runs scatter more.</summary>
    public int MinPairs { get; init; } = FullPairs;

    public override int Pairs(bool isQuick) => isQuick ? QuickPairs : MinPairs;

    public override void Prepare(CompareHost host)
    {
        _host = host;
        _source = host.Sources.Get(clip);
        _count = host.IsQuick ? QuickJobs : Jobs;
        _threads = Math.Max(1, host.Processors / slots);
        _listFile = host.File($"{name}.list");
        File.WriteAllLines(_listFile, Enumerable.Range(0, _count).Select(Number));
        string[] output = [Theirs(Placeholder)];
        _command = CommandLine.For(settings, clip, _source, _count == 1 ? [Theirs(Number(0))] : output, _threads);
        _children = [.. Enumerable.Range(0, slots).Select(_ => WarmChild.Start(host.Group, host.Scratch))];
    }

    public override Figures RunOurs()
    {
        ConcurrentQueue<int> jobs = new(Enumerable.Range(0, _count));
        ConcurrentBag<Figures> done = [];
        ConcurrentBag<Exception> failures = [];
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        Thread[] threads = [.. _children.Select(child => new Thread(() => Serve(child, jobs, done, failures)) { Name = "slot", IsBackground = true })];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        double wall = System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (failures.TryTake(out Exception? failure))
        {
            throw failure is BenchException ? failure : new BenchException($"encode {name} in a child: {failure.Message}");
        }

        return new Figures(wall, done.Sum(job => job.CpuSeconds), 0, done.Average(job => job.OutsideSeconds));
    }

    public override Figures RunTheirs()
    {
        ProcessCost cost = _count == 1
            ? _host.FFmpeg.Run(_command)
            : _host.FFmpeg.RunCommand(["xargs", "-P", slots.ToString(CultureInfo.InvariantCulture), "-I", Placeholder, _host.FFmpeg.Path, .. _command], _listFile, null);
        return new Figures(cost.WallSeconds, cost.CpuSeconds, cost.PeakRssBytes);
    }

    public override Likeness Compare()
    {
        OutputComparer comparer = new(_host.FFmpeg, clip, _source);
        return OutputComparer.Worst(Enumerable.Range(0, _count).Select(Number).Select(job => comparer.Compare(settings.Video, [Ours(job)], [Theirs(job)], repeats: true)));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Array.ForEach(_children, child => child.Dispose());
        }

        base.Dispose(disposing);
    }

    private static string Number(int job) => job.ToString("000", CultureInfo.InvariantCulture);

    private string Ours(string number) => _host.File($"{name}-ours-{number}.mp4");

    private string Theirs(string number) => _host.File($"{name}-theirs-{number}.mp4");

    private void Serve(WarmChild child, ConcurrentQueue<int> jobs, ConcurrentBag<Figures> done, ConcurrentBag<Exception> failures)
    {
        try
        {
            while (failures.IsEmpty && jobs.TryDequeue(out int job))
            {
                (EncodeOutcome outcome, double wall) = child.Run(new EncodeJob(settings, [Ours(Number(job))], _source, _threads));
                done.Add(new Figures(wall, outcome.CpuSeconds, 0, wall - outcome.EngineSeconds));
            }
        }
#pragma warning disable CA1031 // A thread must not end the process; whoever started it rethrows.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            failures.Add(failure);
        }
    }
}
