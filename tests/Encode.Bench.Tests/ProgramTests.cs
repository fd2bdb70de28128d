using System.Text.Json;
using System.Xml.Linq;
using Encode.TestKit;

namespace Encode.Bench.Tests;

/// <summary>The verbs that start children, as a user starts them.</summary>
public sealed class ProgramTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_quick_comparison_tells_ratios_targets_and_that_the_packets_are_the_same()
    {
        MediaTools.SkipUnlessBuilt();
        using TempFolder cache = new();
        (int exitCode, string output) = await BenchAsync(null, "compare", "--ffmpeg", MediaTools.FFmpeg, "--quick", "--work", "clips-1s-warm", "--cache", cache.Path, "--json");

        JsonElement report = JsonDocument.Parse(output).RootElement;
        JsonElement steadiness = report.GetProperty("aa");
        // A busy machine makes the figures void, which the exit code tells; whether it is busy is not what is tested.
        Assert.Equal(steadiness.GetProperty("void").GetBoolean() ? 1 : 0, exitCode);
        Assert.Equal(0.05, steadiness.GetProperty("limit").GetDouble());
        Assert.True(report.GetProperty("quick").GetBoolean());
        JsonElement work = Assert.Single(report.GetProperty("works").EnumerateArray().ToArray());
        Assert.Equal("clips-1s-warm", work.GetProperty("name").GetString());
        Assert.Equal(1.05, work.GetProperty("target").GetDouble());
        Assert.Equal("identical", work.GetProperty("likeness").GetProperty("packets").GetString());
        double[] ratios = [.. work.GetProperty("ratios").EnumerateArray().Select(ratio => ratio.GetDouble())];
        Assert.Equal(4, ratios.Length);
        double[] sorted = [.. ratios.Order()];
        Assert.Equal((sorted[1] + sorted[2]) / 2, work.GetProperty("ratio_median").GetDouble());
        Assert.InRange(work.GetProperty("ratio_low").GetDouble(), sorted[0], work.GetProperty("ratio_median").GetDouble());
        Assert.InRange(work.GetProperty("ratio_high").GetDouble(), work.GetProperty("ratio_median").GetDouble(), sorted[3]);
        Assert.Single(Directory.GetFiles(cache.Path));
    }

    [Fact]
    public async Task A_matrix_measures_each_preset_and_plots_it()
    {
        MediaTools.SkipUnlessBuilt();
        using TempFolder folder = new();
        (int exitCode, string output) = await BenchAsync(
            folder.Path,
            "matrix", "--size", "360p", "--seconds", "1", "--encoder", "libx264", "--encoder", "libsvtav1", "--preset", "ultrafast", "--preset", "13", "--svg", "plot.svg", "--json");

        Assert.Equal(0, exitCode);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        JsonElement[] points = [.. report.GetProperty("points").EnumerateArray()];
        Assert.Equal(["libx264 ultrafast", "libsvtav1 13"], points.Select(point => $"{point.GetProperty("encoder")} {point.GetProperty("preset")}"));
        Assert.All(points, point =>
        {
            Assert.InRange(point.GetProperty("psnr").GetDouble(), 20, 60);
            Assert.True(point.GetProperty("fps").GetDouble() > 0 && point.GetProperty("peak_rss_bytes").GetInt64() > 10_000_000);
        });
        XDocument svg = XDocument.Load(folder.Combine("plot.svg"));
        Assert.Equal(2, svg.Descendants().Count(circle => (string?)circle.Attribute("class") == "point"));
        Assert.Equal(folder.Combine("plot.svg"), report.GetProperty("svg").GetString());
    }

    [Fact]
    public async Task No_child_outlives_a_bench_that_is_killed()
    {
        MediaTools.SkipUnlessBuilt();
        using TempFolder scratch = new();
        await using RunningProgram bench = RunningProgram.Start(
            "dotnet",
            [BenchFile[0], BenchFile[1], "matrix", "--size", "1080p", "--seconds", "60", "--encoder", "libx265", "--preset", "placebo"],
            scratch.Path,
            new Dictionary<string, string?> { ["TMPDIR"] = scratch.Path });
        // The guard, and the child that encodes.
        await Eventually.IsTrueAsync("two children", Deadline, () => ChildrenOf(bench.Id).Length == 2);
        int[] children = ChildrenOf(bench.Id);
        bench.Signal(9);

        await Eventually.IsTrueAsync("the children's end", Deadline, () => children.All(child => !IsRunning(child)));
    }

    // SIGTERM and SIGHUP: a shell lets what it starts in the background ignore SIGINT, and the tests may be that.
    [Theory]
    [InlineData(15)]
    [InlineData(1)]
    public async Task A_signal_ends_it_with_one_line_and_leaves_nothing(int signal)
    {
        MediaTools.SkipUnlessBuilt();
        using TempFolder scratch = new();
        await using RunningProgram bench = RunningProgram.Start(
            "dotnet",
            [BenchFile[0], BenchFile[1], "matrix", "--size", "1080p", "--seconds", "60", "--encoder", "libx265", "--preset", "placebo"],
            scratch.Path,
            new Dictionary<string, string?> { ["TMPDIR"] = scratch.Path });
        await Eventually.IsTrueAsync("two children", Deadline, () => ChildrenOf(bench.Id).Length == 2);
        int[] children = ChildrenOf(bench.Id);
        bench.Signal(signal);

        Assert.Equal(130, await bench.WaitForExitAsync(Deadline));
        Assert.Equal("bench matrix: stopped; nothing was measured", bench.Output.Trim());
        Assert.All(children, child => Assert.False(IsRunning(child)));
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Path, "encode-bench-*"));
    }

    [Theory]
    [InlineData(2, "--work vp9: there is no such work", "compare", "--work", "vp9")]
    [InlineData(2, "--ffmpeg /nonexistent: there is no such file", "compare", "--ffmpeg", "/nonexistent")]
    [InlineData(2, "take one", "compare", "--ffmpeg", "/bin/true", "--json", "--markdown")]
    [InlineData(1, "it is not ffmpeg", "compare", "--ffmpeg", "/bin/true")]
    [InlineData(2, "--size 8K: there is no such size", "matrix", "--size", "8K")]
    [InlineData(2, "--svg nowhere/plot.svg: there is no such folder", "matrix", "--svg", "nowhere/plot.svg")]
    [InlineData(2, "--seconds x: write a number", "matrix", "--seconds", "x")]
    [InlineData(1, "--encoder libvpx: this host has no such encoder; it has libx264", "matrix", "--encoder", "libvpx")]
    [InlineData(1, "nothing is left to try", "matrix", "--encoder", "libx264", "--preset", "13")]
    [InlineData(2, "--encoder gpu: there is no such kind", "run", "360p30-h264", "--encoder", "gpu")]
    [InlineData(2, "--preset turbo: this encoder has no such preset", "run", "360p30-h264", "--preset", "turbo")]
    public async Task A_mistake_is_one_line_and_an_exit_code(int exitCode, string said, params string[] arguments)
    {
        (int ended, string output) = await BenchAsync(null, arguments);

        Assert.Equal(exitCode, ended);
        string line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(said, line, StringComparison.Ordinal);
    }

    private static string[] BenchFile => ["exec", Path.Combine(AppContext.BaseDirectory, "bench.dll")];

    private static Task<(int ExitCode, string Output)> BenchAsync(string? folder, params string[] arguments) =>
        RunningProgram.RunAsync("dotnet", [.. BenchFile, .. arguments], Deadline, folder);

    private static int[] ChildrenOf(int parent) =>
    [
        .. from folder in Directory.GetDirectories("/proc")
           let name = Path.GetFileName(folder)
           where name.All(char.IsAsciiDigit) && StatOf(folder) is [_, var id, ..] && id == parent.ToString(System.Globalization.CultureInfo.InvariantCulture)
           select int.Parse(name, System.Globalization.CultureInfo.InvariantCulture),
    ];

    private static bool IsRunning(int process) => StatOf($"/proc/{process}") is [not "Z", ..];

    /// <summary>What follows the name in stat: state, parent, … Null when the process is gone.</summary>
    private static string[]? StatOf(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "stat")).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
