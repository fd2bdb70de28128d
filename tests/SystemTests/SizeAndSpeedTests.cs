using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// The published files keep the sizes and start-up times that the README promises. A limit holds for the best of a few runs, since the rest
/// is the machine's noise; the lines that begin with "figure" are what the README's table quotes, and the test runner prints them.
/// </summary>
public sealed class SizeAndSpeedTests(ITestOutputHelper output)
{
    private const int Runs = 7;

    [Theory]
    [InlineData("master", 25)]
    [InlineData("agent", 60)]
    public void Programs_stay_small(string name, double limitMegabytes)
    {
        FileInfo file = new(name == "master" ? Published.Master : Published.Agent);
        output.WriteLine($"figure: {name}, one file: {file.Length / 1e6:F1} MB (limit {limitMegabytes} MB)");
        Assert.InRange(file.Length / 1e6, 1, limitMegabytes);
    }

    [Fact]
    public async Task The_agent_probes_its_host_within_300_ms()
    {
        List<double> milliseconds = [];
        for (int i = 0; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            (int code, string answer) = await RunningProgram.RunAsync(Published.Agent, ["probe", "--json"], Limits.Start);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.True(code == 0, answer);
            Assert.Contains("\"libx264\"", answer);
        }

        Hold("agent probe --json", milliseconds, 300);
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

        Hold("master, from start to the first /health 200, its broker included", milliseconds, 500);
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

        Hold("360p30 clip, from submit to the first frame in the encoder", milliseconds, 250);
    }

    private void Hold(string what, List<double> milliseconds, double limit)
    {
        milliseconds.Sort();
        string figure = $"{what}: median {milliseconds[milliseconds.Count / 2]:F0} ms, {milliseconds[0]:F0} to {milliseconds[^1]:F0} in {milliseconds.Count} runs (limit {limit} ms)";
        output.WriteLine($"figure: {figure}");
        Assert.True(milliseconds[0] > 0 && milliseconds[0] < limit, figure);
    }
}
