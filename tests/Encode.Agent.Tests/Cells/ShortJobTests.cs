using System.Diagnostics;
using System.Globalization;
using Encode.Agent.Cells;
using Encode.Agent.Output;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Cells;

/// <summary>
/// Where the time of a job of one second goes, part by part. The lines that begin with "figure" tell; the limit is on what the cell adds to the
/// transcode itself, in the best of a few jobs, since the rest is the machine's noise.
/// </summary>
public sealed class ShortJobTests(ITestOutputHelper output) : IDisposable
{
    private const int WarmJobs = 5;
    private const int Jobs = 15;

    /// <summary>What handing a job over and the answer back may take.</summary>
    private static readonly TimeSpan MostHandOver = TimeSpan.FromMilliseconds(10);

    private readonly TempFolder _folder = new();
    private readonly Heard _heard = new();
    private readonly SortedDictionary<string, List<double>> _parts = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_time_of_a_short_job_is_known_part_by_part_and_handing_it_over_takes_next_to_nothing()
    {
        string clip = MediaSources.Clip("1280x720", seconds: 1);
        await using CellProcess cell = await CellProcess.StartAsync(warm: true, CellLimits.StallTimeout, TimeProvider.System, Cancel);
        for (int job = 0; job < WarmJobs + Jobs; job++)
        {
            if (job == WarmJobs)
            {
                _parts.Clear();
            }

            await RunJobAsync(cell, clip);
        }

        foreach ((string part, List<double> milliseconds) in _parts)
        {
            milliseconds.Sort();
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"figure: 1 s of 720p through a warm cell, {part}: median {milliseconds[Jobs / 2]:F1} ms, {milliseconds[0]:F1} to {milliseconds[^1]:F1} in {Jobs} jobs"));
        }

        Assert.InRange(_parts["hand-over"][0], 0, MostHandOver.TotalMilliseconds);
    }

    private async Task RunJobAsync(CellProcess cell, string clip)
    {
        EncodeSettings settings = ScenarioTable.Find("720p30-h264")!;
        using SafeFileHandle made = File.OpenHandle(_folder.Combine("out.mp4"), FileMode.Create, FileAccess.ReadWrite);
        await using JobInput input = new(File.OpenHandle(clip), new FileInfo(clip).Length);
        long began = Stopwatch.GetTimestamp();
        TranscodeResult result = await cell.TranscodeAsync(new CellJob { Settings = settings, Input = input, Outputs = [made] }, _heard, Cancel);
        TimeSpan answered = Stopwatch.GetElapsedTime(began);
        Add("hand-over", answered.TotalSeconds - result.EncodeSeconds);
        Add("to the first frame in the encoder", (result.FirstFrameMilliseconds ?? 0) / 1000);
        Add("transcode", result.EncodeSeconds);
        foreach (StageProfile stage in result.Stages)
        {
            Add($"stage {stage.Name} busy", stage.Seconds);
        }

        await TimeAsync("verify", () => cell.VerifyAsync(result, Cancel));
        await TimeAsync("fsync", () => Task.Run(() => RandomAccess.FlushToDisk(made)));
        await TimeAsync("hash", () => OutputFolder.HashAsync(made, Cancel));
        cell.Release();
    }

    private async Task TimeAsync(string part, Func<Task> work)
    {
        long began = Stopwatch.GetTimestamp();
        await work();
        Add(part, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private void Add(string part, double seconds)
    {
        if (!_parts.TryGetValue(part, out List<double>? milliseconds))
        {
            _parts.Add(part, milliseconds = []);
        }

        milliseconds.Add(seconds * 1000);
    }
}
