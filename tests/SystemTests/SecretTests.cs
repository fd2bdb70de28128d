using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>A farm that is used well and badly, and not one secret in what its programs print.</summary>
public sealed partial class SecretTests
{
    private const string Query = "QUERYSECRET0123456789";
    private const string Password = "PASSWORDSECRET0123456789";
    private const string WrongKey = "WRONGKEYSECRET0123456789abcdefghijkl";
    private const string WrongToken = "node-WRONGTOKENSECRET0123456789abcdefghijklmno";

    [Fact]
    public async Task No_secret_is_ever_printed()
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { AgentFlags = ["--allow-url", "127.0.0.1"] });
        await UseWellAsync(farm);
        await UseBadlyAsync(farm);
        await farm.KillMasterAsync();
        await farm.StartMasterAsync();
        await farm.WaitForNodesAsync(1);
        await UseWellAsync(farm);
        string tokens = await SqliteProgram.RunAsync(farm.Database, "SELECT DISTINCT token FROM jobs WHERE token IS NOT NULL");
        farm.Agents[0].Signal(15);
        await farm.Agents[0].WaitForExitAsync(Limits.Exit);
        farm.Master.Signal(15);
        await farm.Master.WaitForExitAsync(Limits.Exit);

        string output = farm.Output;
        Assert.Contains("job_submitted", output);
        Assert.Contains("access_refused", output);
        Assert.Contains("job_failed", output);
        foreach (string secret in (string[])[farm.Key, Query, Password, WrongKey, WrongToken, .. tokens.Split('\n')])
        {
            Assert.DoesNotContain(secret, output);
        }

        Assert.DoesNotMatch(Seed(), output);
        Assert.DoesNotMatch(Jwt(), output);
        Assert.DoesNotMatch(NodeToken(), output);
    }

    [Fact]
    public async Task Every_line_of_a_job_names_the_job_its_attempt_and_its_node()
    {
        await using Farm farm = await Farm.StartAsync();
        JsonNode job = await farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.25}}""");
        job = await farm.Client.CompletedAsync(job);
        JsonNode second = await farm.Client.SubmitAsync("""{"scenario":"1080p60-h264","parameters":{"duration":60}}""");
        await farm.Client.WaitForAsync(second, "running");
        await farm.Client.CancelAsync((string)second["id"]!);
        await Eventually.IsTrueAsync("the agent to say that it stopped", Limits.Cancel, () => farm.Agents[0].Output.Contains("job_stopped", StringComparison.Ordinal));

        JsonObject[] lines = [.. farm.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
        string[] events = ["offer_accepted", "attempt_ended", "job_canceled", "job_taken", "job_done", "job_stopped"];
        foreach (string wanted in events)
        {
            Assert.Contains(lines, line => (string)line["event"]! == wanted);
        }

        Assert.All(lines.Where(line => events.Contains((string)line["event"]!)), line =>
        {
            Assert.Contains((string)line["job_id"]!, new[] { (string)job["id"]!, (string)second["id"]! });
            Assert.Equal(1, (int)line["attempt"]!);
            Assert.Equal((string)job["node"]!, (string)line["node_id"]!);
        });
    }

    private static async Task UseWellAsync(Farm farm)
    {
        JsonNode job = await farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.25}}""");
        await farm.Client.CompletedAsync(job);
    }

    private static async Task UseBadlyAsync(Farm farm)
    {
        int closed = LoopbackServer.FreePort();
        foreach (string host in (string[])[$"127.0.0.1:{closed}", "10.255.255.1", "no-such-host.invalid", $"user:{Password}@127.0.0.1:{closed}"])
        {
            using HttpResponseMessage response = await farm.Client.PostAsync(
                "/jobs", $$"""{"scenario":"360p24-h264","input":{"url":"https://{{host}}/clip.mp4?token={{Query}}"},"max_retries":0}""");
            if (response.StatusCode == HttpStatusCode.Created)
            {
                JsonNode job = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
                job = await farm.Client.WaitForAsync(job, "failed");
                Assert.DoesNotContain(Query, job["error"]!.ToJsonString());
                Assert.DoesNotContain(Query, (await farm.Client.GetAsync($"/jobs/{(string)job["id"]!}/logs")).ToJsonString());
            }
        }

        foreach (string presented in (string[])[$"Bearer {WrongKey}", $"Bearer {WrongToken}", $"Basic {Password}", WrongKey])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, $"/jobs?api_key={Query}");
            request.Headers.TryAddWithoutValidation("Authorization", presented);
            using HttpResponseMessage refused = await farm.Client.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        string keyFile = Path.Combine(farm.Folder, "wrong.key");
        await File.WriteAllTextAsync(keyFile, WrongKey);
        (int code, string output) = await RunningProgram.RunAsync(
            Published.Agent, ["--register", "--master", farm.Url, "--ca", farm.Certificate, "--work", Path.Combine(farm.Folder, "stranger"), "--name", "stranger", "--api-key-file", keyFile], Limits.Exit, farm.Folder);
        Assert.Equal(1, code);
        Assert.DoesNotContain(WrongKey, output);
    }

    [GeneratedRegex(@"\bS[UAO][A-Z2-7]{40,}")]
    private static partial Regex Seed();

    [GeneratedRegex(@"eyJ[A-Za-z0-9_-]{20,}")]
    private static partial Regex Jwt();

    [GeneratedRegex(@"node-[A-Za-z0-9_-]{30,}")]
    private static partial Regex NodeToken();
}
