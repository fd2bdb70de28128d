using Encode.Agent.Cells;
using Encode.Agent.Transfers;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Encode.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Tests.Cells;

/// <summary>A cell that has done twelve hundred jobs is as small as one that has done two hundred.</summary>
public sealed class CellEnduranceTests(ITestOutputHelper output) : IDisposable
{
    private const int WarmJobs = 200;
    private const int Jobs = 1000;

    /// <summary>What a compiler at run time still moves by; the published cell is held to 1 MB in the system tests.</summary>
    private const long MaxGrowthBytes = 4 << 20;

    /// <summary>Pages of the runtime's own files that a cell under a compiler still touches for the first time; a published one has them all after a few jobs.</summary>
    private const long MostFilePages = 8 << 20;

    /// <summary>Threads that a runtime has or has not, as it likes: of its pool, and of its compiler.</summary>
    private const int RuntimeThreads = 3;

    private readonly TempFolder _folder = new();
    private readonly Heard _heard = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_thousand_jobs_leave_a_cell_as_small_as_it_was()
    {
        string clip = MediaSources.Clip("128x72", seconds: 1.0 / 3);
        EncodeSettings scenario = Samples.Offer().Settings;
        EncodeSettings settings = scenario with { Video = [scenario.Video[0] with { BoxWidth = 128, BoxHeight = 72, Preset = "ultrafast" }] };
        await using CellProcess cell = await CellProcess.StartAsync(warm: true, CellLimits.StallTimeout, TimeProvider.System, Cancel);
        await RunJobsAsync(cell, settings, clip, WarmJobs);
        ProcessMemory warm = ProcessMemory.Of(cell.Id);
        await RunJobsAsync(cell, settings, clip, Jobs);
        ProcessMemory after = ProcessMemory.Of(cell.Id);
        output.WriteLine($"figure: a cell after {WarmJobs} jobs: {warm}; after {Jobs} more: {after}");
        Assert.InRange(after.ResidentBytes - warm.ResidentBytes, long.MinValue, MaxGrowthBytes + MostFilePages);
        Assert.InRange(after.AnonymousBytes - warm.AnonymousBytes, long.MinValue, MaxGrowthBytes);
        Assert.InRange(after.Descriptors, 0, warm.Descriptors);
        Assert.InRange(after.Threads, 0, warm.Threads + RuntimeThreads);
    }

    private async Task RunJobsAsync(CellProcess cell, EncodeSettings settings, string clip, int jobs)
    {
        for (int job = 0; job < jobs; job++)
        {
            await RunJobAsync(cell, settings, clip);
        }
    }

    private async Task RunJobAsync(CellProcess cell, EncodeSettings settings, string clip)
    {
        using SafeFileHandle made = File.OpenHandle(_folder.Combine("out.mp4"), FileMode.Create, FileAccess.ReadWrite);
        await using JobInput input = new(File.OpenHandle(clip), new FileInfo(clip).Length);
        CellJob job = new() { Settings = settings, Input = input, Outputs = [made], Threads = 2 };
        TranscodeResult result = await cell.TranscodeAsync(job, _heard, Cancel);
        Assert.Equal(10, result.Frames);
        await cell.VerifyAsync(result, Cancel);
        cell.Release();
    }
}
