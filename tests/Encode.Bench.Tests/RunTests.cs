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
        Assert.InRange(report.GetProperty("psnr").GetDouble(), 30, 60);
        Assert.InRange(report.GetProperty("ssim").GetDouble(), 0.9, 0.9999);
        JsonElement[] stages = [.. report.GetProperty("stages").EnumerateArray().Where(stage => stage.TryGetProperty("cpu_seconds", out _))];
        Assert.Equal(stages.MaxBy(stage => stage.GetProperty("seconds").GetDouble()).GetProperty("name").GetString(), report.GetProperty("bound_by").GetString());
        Assert.InRange(report.GetProperty("allocated_bytes").GetInt64(), 1, 10_000_000);
    }

    [Fact]
    public async Task A_frame_more_allocates_nothing_more()
    {
        long[] allocated = new long[2];
        for (int i = 0; i < 2; i++)
        {
            (_, string output) = await BenchAsync("run", "360p30-h264", "--seconds", i == 0 ? "1" : "11", "--preset", "ultrafast", "--json");
            allocated[i] = JsonDocument.Parse(output).RootElement.GetProperty("allocated_bytes").GetInt64();
        }

        // 300 frames more; a report of progress each half second is some hundred bytes.
        Assert.InRange(allocated[1] - allocated[0], long.MinValue, 300 * 100);
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

    [Fact]
    public async Task Run_measures_a_part_of_a_file_with_another_preset_and_its_quality()
    {
        string clip = MediaSources.Clip(seconds: 2);

        (int exitCode, string output) = await BenchAsync(
            "run", "360p30-h264", "--input", clip, "--seconds", "1", "--encoder", "software", "--preset", "ultrafast", "--json");

        Assert.Equal(0, exitCode);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal((30, "ultrafast"), (report.GetProperty("frames").GetInt64(), report.GetProperty("preset").GetString()));
        Assert.InRange(report.GetProperty("psnr").GetDouble(), 25, 60);
        Assert.InRange(report.GetProperty("video_bitrate").GetDouble(), 10_000, 10_000_000);
    }

    [Fact]
    public async Task Run_makes_every_file_of_a_ladder()
    {
        (int exitCode, string output) = await BenchAsync("run", "ladder-720p30-h264", "--seconds", "0.5", "--preset", "ultrafast", "--json");

        Assert.Equal(0, exitCode);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        // Far below, were one side's colours taken for those of standard definition.
        Assert.InRange(report.GetProperty("psnr").GetDouble(), 30, 60);
        Assert.Equal((15, 1280), (report.GetProperty("frames").GetInt64(), report.GetProperty("width").GetInt32()));
        Assert.Contains("encode v360", report.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData(2, "there is no such scenario", "run", "nonsense")]
    [InlineData(2, "see bench --help", "run")]
    [InlineData(2, "see bench --help", "walk")]
    [InlineData(2, "the part of the input that is used has a length", "run", "360p30-h264", "--seconds", "0", "--input", "x.mp4")]
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
