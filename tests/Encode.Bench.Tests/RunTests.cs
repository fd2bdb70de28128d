using System.Text.Json;
using Encode.TestKit;

namespace Encode.Bench.Tests;

/// <summary>The program as a user starts it; here under the JIT, and published in the system tests.</summary>
public sealed class RunTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Run_counts_every_frame_and_its_figures_agree()
    {
        (int exitCode, string output) = await BenchAsync("run", "360p30-h264", "--seconds", "2", "--json");

        Assert.Equal(0, exitCode);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        double seconds = report.GetProperty("seconds").GetDouble();
        Assert.Equal(60, report.GetProperty("frames").GetInt64());
        Assert.Equal("30", report.GetProperty("frame_rate").GetString());
        Assert.Equal((640, 360), (report.GetProperty("width").GetInt32(), report.GetProperty("height").GetInt32()));
        Assert.Equal(60 / seconds, report.GetProperty("fps").GetDouble(), precision: 6);
        Assert.InRange(report.GetProperty("real_time_factor").GetDouble(), 1.9 / seconds, 2.2 / seconds);
        Assert.InRange(report.GetProperty("cpu_seconds").GetDouble(), 0.01, seconds * Environment.ProcessorCount * 1.5);
        Assert.True(report.GetProperty("peak_rss_bytes").GetInt64() > 10_000_000);
        Assert.True(report.GetProperty("output_bytes").GetInt64() > 10_000);
    }

    [Fact]
    public async Task Run_measures_a_file_and_prints_a_table()
    {
        string clip = MediaSources.Clip(seconds: 1);

        (int exitCode, string output) = await BenchAsync("run", "360p25-h264", "--input", clip);

        Assert.Equal(0, exitCode);
        Assert.Matches(@"(?m)^speed +\d+\.\d fps, \d+\.\d\dx real time", output);
        Assert.Contains(clip, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "there is no such scenario", "run", "nonsense")]
    [InlineData(2, "see bench --help", "run")]
    [InlineData(2, "see bench --help", "walk")]
    [InlineData(2, "leave it out with --input", "run", "360p30-h264", "--seconds", "1", "--input", "x.mp4")]
    [InlineData(1, "check the path", "run", "360p30-h264", "--input", "/nonexistent/x.mp4")]
    [InlineData(1, "bench run /dev/null", "run", "360p30-h264", "--input", "/dev/null")]
    public async Task A_mistake_is_one_line_and_an_exit_code(int exitCode, string said, params string[] arguments)
    {
        (int ended, string output) = await BenchAsync(arguments);

        Assert.Equal(exitCode, ended);
        string line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(said, line, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output)> BenchAsync(params string[] arguments) => RunningProgram.RunAsync(
        "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "bench.dll"), .. arguments], Deadline);
}
