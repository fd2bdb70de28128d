using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// A thousand jobs through one cell of the published agent: none is lost, the cell is as small as after the first fifty, and when it has done
/// its share another takes its place without a job noticing.
/// </summary>
public sealed class EnduranceTests(ITestOutputHelper output)
{
    private const int WarmJobs = 50;
    private const int Jobs = 940;
    private const int JobsPerCell = 1000;
    private const int MoreJobs = 30;
    private const long MaxGrowthBytes = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task A_thousand_jobs_leave_the_published_cell_as_small_as_it_was()
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { HeartbeatInterval = "10s" });
        await RunJobsAsync(farm, 0, WarmJobs);
        int cell = ProcessTable.CellOf(farm.Agents[0].Id);
        ProcessMemory warm = ProcessMemory.Of(cell);
        await RunJobsAsync(farm, WarmJobs, Jobs);
        ProcessMemory after = ProcessMemory.Of(cell);
        output.WriteLine($"figure: the published cell after {WarmJobs} jobs: {warm}; after {Jobs} more: {after}");
        Assert.InRange(after.AnonymousBytes - warm.AnonymousBytes, long.MinValue, MaxGrowthBytes);
        Assert.InRange(after.ResidentBytes - warm.ResidentBytes, long.MinValue, MaxGrowthBytes);
        Assert.InRange(after.Descriptors, 0, warm.Descriptors);
        Assert.InRange(after.Threads, 0, warm.Threads);

        await RunJobsAsync(farm, WarmJobs + Jobs, MoreJobs);
        Assert.True(WarmJobs + Jobs + MoreJobs > JobsPerCell);
        await Eventually.IsTrueAsync("the end of a cell that has done its share", Limits.Exit, () => !ProcessTable.Runs(cell));
        Assert.NotEqual(cell, ProcessTable.CellOf(farm.Agents[0].Id));
        Assert.Equal(WarmJobs + Jobs + MoreJobs, Directory.GetFiles(farm.Media, "*.mp4").Length);
    }

    /// <summary>Queues jobs and waits for them all. Each must have been made by its first attempt.</summary>
    private static async Task RunJobsAsync(Farm farm, int first, int count)
    {
        List<string> ids = [];
        for (int job = first; job < first + count; job++)
        {
            JsonNode made = await farm.Client.SubmitAsync(
                $$$"""{"scenario":"360p30-h264","parameters":{"duration":0.2},"video":[{"preset":"ultrafast"}],"output":{"url":"file:{{{farm.Media}}}/{{{job}}}.mp4"}}""");
            ids.Add((string)made["id"]!);
        }

        foreach (string id in ids)
        {
            JsonNode done = await farm.Client.WaitForAsync(id, Patience, "completed");
            Assert.Equal(6, (int)done["result"]!["frames"]!);
            Assert.True((int)done["attempt"]! == 1, (await farm.Client.GetAsync($"/jobs/{id}/logs")).ToJsonString());
        }
    }
}
