using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>A job that is paused, across a restart of its agent, and goes on: it is made once, and the pause costs no attempt. One whose agent is killed does not begin anew.</summary>
public sealed class PauseTests
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;

    // Slow enough for a cut, which is made every ten seconds of work, on a fast host too.
    private const string Job = """{"scenario":"1080p30-hevc","parameters":{"duration":40},"output":{"url":"upload:paused.mp4"}}""";
    private const long Frames = 1200;

    [Fact]
    public async Task A_paused_job_goes_on_after_a_restart_of_its_agent_in_the_same_attempt()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await farm.Client.SubmitAsync(Job);
        string path = $"/jobs/{(string)job["id"]!}";
        await Eventually.IsTrueAsync("something kept on the disk", Limits.Job, () => Kept(farm).Any(file => file.Length >= 4096));

        await AskAsync(farm, $"{path}/pause");
        await InStateAsync(farm, path, "paused");
        farm.Agents[0].Signal(Sigterm);
        await farm.Agents[0].WaitForExitAsync(Limits.Exit);
        Assert.Equal("paused", (string)(await farm.Client.GetAsync(path))["status"]!);
        Assert.NotEmpty(Kept(farm));

        farm.StartAgent(0);
        await farm.WaitForNodesAsync(1);
        await AskAsync(farm, $"{path}/resume");
        job = await farm.Client.CompletedAsync(job);
        Assert.Equal((1, Frames), ((int)job["attempt"]!, (long)job["result"]!["frames"]!));
        Assert.Contains(job["result"]!["notes"]!.AsArray(), note => ((string)note!).Contains("went on from", StringComparison.Ordinal));
        await Eventually.IsTrueAsync("what was kept to be deleted", Limits.Exit, () => !Kept(farm).Any());
    }

    [Fact]
    public async Task A_job_goes_on_in_its_next_attempt_when_its_agent_was_killed()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await farm.Client.SubmitAsync(Job);
        await Eventually.IsTrueAsync("something kept on the disk", Limits.Job, () => Kept(farm).Any(file => file.Length >= 4096));
        farm.Agents[0].Signal(Sigkill);
        await farm.Agents[0].WaitForExitAsync(Limits.Exit);
        farm.StartAgent(0);
        job = await farm.Client.CompletedAsync(job);
        Assert.Equal((2, Frames), ((int)job["attempt"]!, (long)job["result"]!["frames"]!));
        Assert.Contains(job["result"]!["notes"]!.AsArray(), note => ((string)note!).Contains("went on from", StringComparison.Ordinal));
        await Eventually.IsTrueAsync("what was kept to be deleted", Limits.Exit, () => !Kept(farm).Any());
    }

    private static async Task AskAsync(Farm farm, string path)
    {
        using HttpResponseMessage answer = await farm.Client.PostAsync(path, "{}");
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task<string> InStateAsync(Farm farm, string path, string state) => Eventually.GetAsync($"the job to be {state}", Limits.Exit, async () =>
        (string)(await farm.Client.GetAsync(path))["status"]! == state ? state : null);

    private static IEnumerable<FileInfo> Kept(Farm farm)
    {
        DirectoryInfo folder = new(Path.Combine(farm.WorkOf(0), "segments"));
        return folder.Exists ? folder.EnumerateFiles("index", SearchOption.AllDirectories) : [];
    }
}
