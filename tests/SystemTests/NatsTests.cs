using System.Net;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The published programs over somebody else's cluster, and a node that is removed from the embedded broker.</summary>
public sealed class NatsTests
{
    private const string LongJob = """{"scenario":"1080p30-h264","parameters":{"duration":15},"output":{"url":"upload:cluster.mp4"}}""";
    private const long LongJobFrames = 450;

    [Fact]
    public async Task A_job_completes_in_one_attempt_while_a_server_of_the_cluster_is_killed_under_it()
    {
        await using NatsCluster cluster = await NatsCluster.StartAsync();
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Nats = cluster.Flags });
        JsonNode job = await farm.Client.SubmitAsync(LongJob);
        await Eventually.GetAsync("the job to encode frames", Limits.Job, async () =>
        {
            JsonNode now = await farm.Client.GetAsync($"/jobs/{(string)job["id"]!}");
            return now["progress"]?["frames"] is JsonNode frames && (long)frames > 0 ? now : null;
        });

        // The one that carries this job's messages.
        await cluster.KillAsync(await cluster.HolderOfAsync("agent host0"));
        job = await farm.Client.CompletedAsync(job);
        Assert.Equal(1, (int)job["attempt"]!);
        string result = Path.Combine(farm.Folder, "cluster.mp4");
        await farm.Client.DownloadAsync("cluster.mp4", result);
        Assert.Equal(LongJobFrames, await Clip.CountFramesAsync(result));
        Assert.DoesNotContain("refuses users", farm.Master.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await farm.Client.TryHealthAsync());
    }

    [Fact]
    public async Task A_file_of_the_cluster_that_is_no_good_is_one_line_at_the_start()
    {
        await using NatsCluster cluster = NatsCluster.Create();
        using TempFolder folder = new();
        File.WriteAllText(folder.Combine("bad"), "hello\n");
        (string Flag, string Says)[] cases = [("--nats-creds", "NATS USER JWT"), ("--nats-signing-key", "it holds no NKey seed"), ("--nats-ca", "no '-----BEGIN CERTIFICATE-----'")];
        foreach ((string flag, string says) in cases)
        {
            foreach ((string value, string reason) in new[] { (folder.Combine("bad"), says), (folder.Combine("absent"), "there is no such file") })
            {
                List<string> flags = [.. cluster.Flags];
                flags[flags.IndexOf(flag) + 1] = value;
                (int code, string output) = await RunningProgram.RunAsync(
                    Published.Master, ["--bind", "127.0.0.1", "--port", $"{LoopbackServer.FreePort()}", "--files", folder.Combine("files"), .. flags], Limits.Exit, folder.Path);
                Assert.Equal(1, code);
                string line = Assert.Single(output.Trim().Split('\n'), text => text.StartsWith("master: ", StringComparison.Ordinal));
                Assert.Contains(value, line, StringComparison.Ordinal);
                Assert.Contains(reason, line, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_removed_node_loses_the_broker_while_its_neighbour_goes_on()
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Agents = 2 });
        JsonNode nodes = await farm.Client.GetAsync("/nodes");
        string removed = (string)nodes["nodes"]!.AsArray().Single(node => (string)node!["name"]! == "host0")!["id"]!;
        using HttpResponseMessage answer = await farm.Client.Http.DeleteAsync(new Uri($"/nodes/{removed}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        await Eventually.IsTrueAsync("the removed agent to lose the broker", Limits.Start, () => farm.Agents[0].HasExited || farm.Agents[0].Output.Contains("lost the broker", StringComparison.Ordinal));
        Assert.DoesNotContain("lost the broker", farm.Agents[1].Output, StringComparison.Ordinal);
        JsonNode job = await farm.Client.CompletedAsync(await farm.Client.SubmitAsync("""{"scenario":"360p30-h264","parameters":{"duration":1}}"""));
        Assert.NotEqual(removed, (string)job["node"]!);
    }
}
