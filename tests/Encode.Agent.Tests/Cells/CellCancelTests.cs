using System.Diagnostics;
using Encode.Agent.Cells;
using Encode.Contracts.Scenarios;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Cells;

/// <summary>
/// A cancel while an encoder is in a call that takes many seconds: x265 at its slowest on 4K, SVT-AV1 near it on 1080p. Wherever it comes, the
/// job ends about when the grace does, and the slot's next job runs at once.
/// </summary>
public sealed class CellCancelTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>The grace, the end of a process of some gigabytes, and a host that does other things; the encoders' own calls take tens of seconds.</summary>
    private static readonly TimeSpan MostToCancel = CellLimits.CancelGrace + TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>A clip short enough to be in the encoder as a whole, which then only flushes.</summary>
    private const double FlushedSeconds = 0.25;

    /// <summary>When the whole clip is in the encoder, which then works on it in calls of seconds.</summary>
    private static readonly TimeSpan IntoTheFlush = TimeSpan.FromSeconds(1);

    private readonly TempFolder _folder = new();
    private readonly Heard _heard = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("4K60-hevc", "veryslow", false, 0)]
    [InlineData("4K60-hevc", "veryslow", true, 0)]
    [InlineData("4K60-hevc", "veryslow", true, 2000)]
    [InlineData("1080p60-av1", "2", false, 0)]
    [InlineData("1080p60-av1", "2", true, 0)]
    [InlineData("1080p60-av1", "2", true, 2000)]
    public async Task A_slow_encoder_does_not_delay_a_cancel_and_the_next_job_runs(string scenario, string preset, bool afterFirstFrame, int milliseconds)
    {
        await using CellPool pool = Pool();
        ICell cell = await pool.TakeAsync(Cancel);
        await Eventually.IsTrueAsync("the spare", Deadline, () => pool.Warm == 1);
        using CancellationTokenSource stop = new();
        Task run = EncodeAsync(cell, Slow(scenario, preset), stop.Token);
        if (afterFirstFrame)
        {
            await _heard.Encoding.WaitAsync(Deadline, Cancel);
        }

        await Task.Delay(milliseconds, Cancel);
        Assert.False(run.IsCompleted);
        long began = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        pool.Return(cell);

        ICell next = await pool.TakeAsync(Cancel);
        TimeSpan waited = Stopwatch.GetElapsedTime(began) - took;
        await EncodeAsync(next, Samples.Offer().Settings, Cancel);
        pool.Return(next);
        output.WriteLine($"figure: {scenario} {preset}, canceled {milliseconds} ms after {(afterFirstFrame ? "the first frame" : "the start")}: over in {took.TotalMilliseconds:F0} ms, the next job's cell there {waited.TotalMilliseconds:F0} ms later");
        Assert.InRange(took, TimeSpan.Zero, MostToCancel);
        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Without_isolation_a_cancel_waits_for_the_codec_and_the_log_says_so()
    {
        await using InProcessCell cell = new();
        using CancellationTokenSource stop = new();
        Task run = EncodeAsync(cell, Slow("1080p60-hevc", "veryslow"), stop.Token);
        await _heard.Encoding.WaitAsync(Deadline, Cancel);
        await Task.Delay(IntoTheFlush, Cancel);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Deadline, Cancel));
        Assert.Contains(InProcessCell.HeldUp, _heard.Lines);
        await EncodeAsync(cell, Samples.Offer().Settings, Cancel);
    }

    private static EncodeSettings Slow(string scenario, string preset)
    {
        EncodeSettings settings = ScenarioTable.Find(scenario)!;
        return settings with { Video = [settings.Video[0] with { Preset = preset }], Audio = [], GeneratedSeconds = FlushedSeconds };
    }

    private static CellPool Pool()
    {
        CellPool pool = new(2, async cancel => await CellProcess.StartAsync(warm: false, CellLimits.StallTimeout, TimeProvider.System, cancel), NullLogger.Instance);
        pool.Fill();
        return pool;
    }

    private async Task EncodeAsync(ICell cell, EncodeSettings settings, CancellationToken cancel)
    {
        using SafeFileHandle made = File.OpenHandle(_folder.Combine($"{Guid.NewGuid():N}.mp4"), FileMode.CreateNew, FileAccess.ReadWrite);
        await cell.TranscodeAsync(new CellJob { Settings = settings, Outputs = [made], Threads = 2 }, _heard, cancel);
    }
}
