using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>kill -9 of each part in mid-encode, once each: the job is not lost, and is made once.</summary>
public sealed class KillTests
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;

    // Long enough to be caught in mid-encode on a fast host, short enough to finish on a slow one.
    private const string LongJob = """{"scenario":"1080p30-h264","parameters":{"duration":15},"output":{"url":"upload:killed.mp4"}}""";
    private const long LongJobFrames = 450;

    [Fact]
    public async Task A_killed_cell_costs_one_attempt_and_no_job()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await StartLongJobAsync(farm);
        RunningProgram.Signal(ProcessTable.CellOf(farm.Agents[0].Id), Sigkill);
        job = await farm.Client.CompletedAsync(job);
        await AssertWholeAsync(farm, job, attempt: 2);
        Assert.False(farm.Agents[0].HasExited);
    }

    [Fact]
    public async Task A_killed_agent_loses_its_job_to_another()
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Agents = 2 });
        JsonNode job = await StartLongJobAsync(farm);
        string node = (string)job["node"]!;
        JsonNode nodes = await farm.Client.GetAsync("/nodes");
        string name = (string)nodes["nodes"]!.AsArray().Single(item => (string)item!["id"]! == node)!["name"]!;
        int index = name[^1] - '0';
        RunningProgram victim = farm.Agents[index];
        int cell = ProcessTable.CellOf(victim.Id);
        victim.Signal(Sigkill);
        await Eventually.IsTrueAsync("the killed agent's cell to end", Limits.Exit, () => !ProcessTable.Runs(cell));
        job = await farm.Client.CompletedAsync(job);
        Assert.NotEqual(node, (string)job["node"]!);

        // What it had written is its own to clear away, once it is back.
        farm.StartAgent(index);
        await Eventually.IsTrueAsync("the agent that returned to delete its unfinished output", Limits.Start, () => !Unfinished(farm).Any());
        await AssertWholeAsync(farm, job, attempt: 2);
    }

    [Fact]
    public async Task A_killed_agent_that_comes_back_does_its_job_again()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await StartLongJobAsync(farm);
        farm.Agents[0].Signal(Sigkill);
        await farm.Agents[0].WaitForExitAsync(Limits.Exit);
        farm.StartAgent(0);
        job = await farm.Client.CompletedAsync(job);
        await AssertWholeAsync(farm, job, attempt: 2);
        Assert.Single((await farm.Client.GetAsync("/nodes"))["nodes"]!.AsArray());
    }

    [Fact]
    public async Task An_output_in_place_has_its_name_only_when_it_is_whole()
    {
        await using Farm farm = await Farm.StartAsync();
        string target = Path.Combine(farm.Media, "killed.mp4");
        JsonNode job = await StartLongJobAsync(farm, LongJob.Replace("upload:killed.mp4", $"file:{target}", StringComparison.Ordinal));
        RunningProgram.Signal(ProcessTable.CellOf(farm.Agents[0].Id), Sigkill);
        await Eventually.GetAsync("the second attempt to encode frames", Limits.Job, () => EncodesAsync(farm, job, attempt: 2));
        Assert.False(File.Exists(target));

        farm.Agents[0].Signal(Sigkill);
        await farm.Agents[0].WaitForExitAsync(Limits.Exit);
        Assert.False(File.Exists(target));
        farm.StartAgent(0);
        await farm.Client.CompletedAsync(job);
        Assert.Equal(LongJobFrames, await Clip.CountFramesAsync(target));
        Assert.Empty(Unfinished(farm));
    }

    [Fact]
    public async Task An_agent_that_is_told_to_stop_gives_its_job_back_which_costs_no_retry()
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { AgentFlags = ["--drain-timeout", "0s"] });
        JsonNode job = await StartLongJobAsync(farm, LongJob.Replace("}}", "},\"max_retries\":0}", StringComparison.Ordinal));
        farm.Agents[0].Signal(Sigterm);
        Assert.Equal(0, await farm.Agents[0].WaitForExitAsync(Limits.Exit));
        await farm.Client.WaitForAsync(job, "queued");
        farm.StartAgent(0);
        job = await farm.Client.CompletedAsync(job);
        await AssertWholeAsync(farm, job, attempt: 2);
    }

    [Fact]
    public async Task A_killed_broker_is_replaced_and_ends_no_encode()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await StartLongJobAsync(farm);
        int broker = ProcessTable.ChildOf(farm.Master.Id, "nats-server");
        RunningProgram.Signal(broker, Sigkill);
        job = await farm.Client.CompletedAsync(job);
        await AssertWholeAsync(farm, job, attempt: 1);
        Assert.NotEqual(broker, ProcessTable.ChildOf(farm.Master.Id, "nats-server"));
    }

    [Fact]
    public async Task A_killed_master_takes_its_broker_along_and_knows_its_jobs_when_it_returns()
    {
        // A lease must outlast the time in which a slow host starts a master.
        await using Farm farm = await Farm.StartAsync(new FarmOptions { HeartbeatInterval = "5s" });
        JsonNode job = await StartLongJobAsync(farm);
        int broker = ProcessTable.ChildOf(farm.Master.Id, "nats-server");
        await farm.KillMasterAsync();
        await Eventually.IsTrueAsync("the killed master's broker to end", Limits.Exit, () => !ProcessTable.Runs(broker));
        await farm.StartMasterAsync();
        job = await farm.Client.CompletedAsync(job);
        await AssertWholeAsync(farm, job, attempt: 1);
    }

    private static async Task<JsonNode> StartLongJobAsync(Farm farm, string request = LongJob)
    {
        JsonNode job = await farm.Client.SubmitAsync(request);
        return await Eventually.GetAsync("the job to encode frames", Limits.Job, () => EncodesAsync(farm, job, attempt: 1));
    }

    private static async Task<JsonNode?> EncodesAsync(Farm farm, JsonNode job, int attempt)
    {
        JsonNode now = await farm.Client.GetAsync($"/jobs/{(string)job["id"]!}");
        Assert.NotEqual("completed", (string)now["status"]!);
        return (string)now["status"]! == "running" && (int)now["attempt"]! == attempt && (long?)now["progress"]?["frames"] > 0 ? now : null;
    }

    private static async Task AssertWholeAsync(Farm farm, JsonNode job, int attempt)
    {
        Assert.Equal(attempt, (int)job["attempt"]!);
        string result = Path.Combine(farm.Folder, "killed.mp4");
        await farm.Client.DownloadAsync("killed.mp4", result);
        Assert.Equal(LongJobFrames, await Clip.CountFramesAsync(result));
        Assert.Empty(Unfinished(farm));
    }

    private static IEnumerable<string> Unfinished(Farm farm) => Directory.EnumerateFiles(farm.Folder, "*.tmp", SearchOption.AllDirectories);
}
