using System.Globalization;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>kill -9 of each part in mid-encode, once each: the job is not lost, and is made once.</summary>
public sealed class KillTests
{
    private const int Sigkill = 9;

    // Long enough to be caught in mid-encode on a fast host, short enough to finish on a slow one.
    private const string LongJob = """{"scenario":"1080p30-h264","parameters":{"duration":15},"output":{"url":"upload:killed.mp4"}}""";
    private const long LongJobFrames = 450;

    [Fact]
    public async Task A_killed_cell_costs_one_attempt_and_no_job()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await StartLongJobAsync(farm);
        RunningProgram.Signal(CellOf(farm.Agents[0].Id), Sigkill);
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
        int cell = CellOf(victim.Id);
        victim.Signal(Sigkill);
        await Eventually.IsTrueAsync("the killed agent's cell to end", Limits.Exit, () => !Directory.Exists($"/proc/{cell}"));
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
    public async Task A_killed_broker_is_replaced_and_ends_no_encode()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await StartLongJobAsync(farm);
        int broker = ChildOf(farm.Master.Id, "nats-server");
        RunningProgram.Signal(broker, Sigkill);
        job = await farm.Client.CompletedAsync(job);
        await AssertWholeAsync(farm, job, attempt: 1);
        Assert.NotEqual(broker, ChildOf(farm.Master.Id, "nats-server"));
    }

    [Fact]
    public async Task A_killed_master_takes_its_broker_along_and_knows_its_jobs_when_it_returns()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await StartLongJobAsync(farm);
        int broker = ChildOf(farm.Master.Id, "nats-server");
        await farm.KillMasterAsync();
        await Eventually.IsTrueAsync("the killed master's broker to end", Limits.Exit, () => !Directory.Exists($"/proc/{broker}"));
        await farm.StartMasterAsync();
        job = await farm.Client.CompletedAsync(job);
        await AssertWholeAsync(farm, job, attempt: 1);
    }

    private static async Task<JsonNode> StartLongJobAsync(Farm farm)
    {
        JsonNode job = await farm.Client.SubmitAsync(LongJob);
        return await Eventually.GetAsync("the job to encode frames", Limits.Job, async () =>
        {
            JsonNode now = await farm.Client.GetAsync($"/jobs/{(string)job["id"]!}");
            Assert.NotEqual("completed", (string)now["status"]!);
            return (string)now["status"]! == "running" && (long?)now["progress"]?["frames"] > 0 ? now : null;
        });
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

    // The busy cell: the child that used most processor time.
    private static int CellOf(int agent) => Children(agent).Where(child => Arguments(child).Contains("__cell")).MaxBy(ProcessorTicks);

    private static int ChildOf(int parent, string name) => Children(parent).Single(child => Arguments(child)[0].EndsWith(name, StringComparison.Ordinal));

    private static int[] Children(int parent) =>
        [.. Directory.EnumerateDirectories($"/proc/{parent}/task")
            .SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    private static string[] Arguments(int process) => File.ReadAllText($"/proc/{process}/cmdline").Split('\0');

    private static long ProcessorTicks(int process)
    {
        string[] fields = File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Split(' ');
        return long.Parse(fields[12], CultureInfo.InvariantCulture) + long.Parse(fields[13], CultureInfo.InvariantCulture);
    }
}
