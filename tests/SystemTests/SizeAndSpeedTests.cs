using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The published files keep the sizes and start-up times that the README promises. Times are the best of a few runs: the rest is the machine's noise.</summary>
public sealed class SizeAndSpeedTests
{
    private const int Runs = 5;

    [Theory]
    [InlineData("master", 25)]
    [InlineData("agent", 60)]
    public void Programs_stay_small(string name, double limitMegabytes)
    {
        FileInfo file = new(name == "master" ? Published.Master : Published.Agent);
        Assert.InRange(file.Length / 1e6, 1, limitMegabytes);
    }

    [Fact]
    public async Task The_agent_probes_its_host_within_300_ms()
    {
        List<double> milliseconds = [];
        for (int i = 0; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            (int code, string output) = await RunningProgram.RunAsync(Published.Agent, ["probe", "--json"], Limits.Start);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.True(code == 0, output);
            Assert.Contains("\"libx264\"", output);
        }

        Assert.True(milliseconds.Min() < 300, $"took {string.Join(", ", milliseconds.Select(value => $"{value:F0}"))} ms");
    }

    [Fact]
    public async Task The_master_answers_health_within_500_ms()
    {
        List<double> milliseconds = [];
        for (int i = 0; i < Runs; i++)
        {
            using TempFolder folder = new();
            int port = LoopbackServer.FreePort();
            using MasterClient client = new($"http://localhost:{port}", key: null, trusted: null);
            long start = Stopwatch.GetTimestamp();
            await using RunningProgram master = RunningProgram.Start(
                Published.Master, ["--port", $"{port}", "--bind", "127.0.0.1", "--db", folder.Combine("m.db"), "--files", folder.Combine("files"), "--nats-port", $"{LoopbackServer.FreePort()}"], folder.Path);
            await Eventually.GetAsync("/health", Limits.Start, async () => await client.TryHealthAsync() == HttpStatusCode.OK ? "ok" : null);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Assert.True(milliseconds.Min() < 500, $"took {string.Join(", ", milliseconds.Select(value => $"{value:F0}"))} ms");
    }

    [Fact]
    public async Task The_first_frame_is_in_the_encoder_250_ms_after_the_submit()
    {
        await using Farm farm = await Farm.StartAsync();
        await Clip.MakeAsync(Path.Combine(farm.Media, "clip.mp4"), seconds: 1);
        List<double> milliseconds = [];
        for (int i = 0; i < Runs; i++)
        {
            JsonNode job = await farm.Client.SubmitAsync(
                $$"""{"scenario":"360p30-h264","input":{"url":"file:{{farm.Media}}/clip.mp4"},"output":{"url":"upload:speed-{{i}}.mp4"} }""");
            job = await farm.Client.CompletedAsync(job);
            milliseconds.Add((double)job["result"]!["submit_to_first_frame_milliseconds"]!);
        }

        Assert.True(milliseconds.Min() is > 0 and < 250, $"took {string.Join(", ", milliseconds.Select(value => $"{value:F0}"))} ms");
    }
}
