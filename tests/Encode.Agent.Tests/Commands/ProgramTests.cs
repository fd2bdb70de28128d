using System.Text.Json;
using Encode.TestKit;

namespace Encode.Agent.Tests.Commands;

/// <summary>The program as a user starts it; here under the JIT, and published in the system tests.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Encode_writes_json_lines_where_there_is_no_terminal_and_ends_with_the_result()
    {
        (int exitCode, string output) = await AgentAsync("encode", "generated:1", _folder.Combine("out.mp4"), "--scenario", "360p30-h264", "--isolation", "none");
        Assert.True(exitCode == 0, output);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
        JsonElement last = JsonDocument.Parse(lines[^1]).RootElement;
        Assert.Equal("result", last.GetProperty("kind").GetString());
        Assert.Equal(30, last.GetProperty("result").GetProperty("frames").GetInt32());
        Assert.Equal(30, MediaReport.Of(_folder.Combine("out.mp4")).Frames);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("process")]
    public async Task Encode_makes_two_passes_and_measures_and_leaves_the_output_alone(string isolation)
    {
        (int exitCode, string output) = await AgentAsync("encode", "generated:1", _folder.Combine("out.mp4"), "--scenario", "360p30-h264", "--passes", "2", "--quality", "--isolation", isolation);
        Assert.True(exitCode == 0, output);
        JsonElement result = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement.GetProperty("result");
        Assert.InRange(result.GetProperty("renditions")[0].GetProperty("psnr").GetProperty("all").GetDouble(), 20, 80);
        Assert.InRange(result.GetProperty("renditions")[0].GetProperty("ssim").GetProperty("all").GetDouble(), 0.5, 1);
        string[] stages = [.. result.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("name").GetString()!)];
        Assert.Equal(["first pass", "open", "demux", "decode", "filter", "encode", "audio", "mux", "quality", "verify"], stages);
        Assert.Contains(result.GetProperty("bound_by").GetString(), stages);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Encode_does_not_touch_an_output_that_exists_unless_told_to()
    {
        string target = _folder.Combine("out.mp4");
        await File.WriteAllTextAsync(target, "precious", TestContext.Current.CancellationToken);
        await FailsAsync(1, "the file exists; choose another name or add --overwrite", "encode", "generated:1", target, "--scenario", "360p30-h264", "--isolation", "none");
        Assert.Equal("precious", await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken));

        (int exitCode, string output) = await AgentAsync("encode", "generated:0.5", target, "--scenario", "360p30-h264", "--isolation", "none", "--overwrite");
        Assert.True(exitCode == 0, output);
        Assert.Equal(15, MediaReport.Of(target).Frames);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Encode_replaces_no_folder_that_it_did_not_make()
    {
        string precious = Path.Combine(_folder.CreateFolder("show"), "precious");
        await File.WriteAllTextAsync(precious, "precious", TestContext.Current.CancellationToken);
        await FailsAsync(1, "no folder that this program made", "encode", "generated:1", _folder.Combine("show/"), "--scenario", "360p30-h264", "--isolation", "none", "--overwrite");
        Assert.Equal("precious", await File.ReadAllTextAsync(precious, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("in.mp4")]
    [InlineData("link.mp4")]
    public async Task Encode_does_not_replace_its_own_input(string output)
    {
        string input = _folder.Combine("in.mp4");
        await File.WriteAllTextAsync(input, "precious", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(_folder.Combine("link.mp4"), input);
        await FailsAsync(2, "OUT is the input itself", "encode", input, _folder.Combine(output), "--scenario", "360p30-h264", "--isolation", "none", "--overwrite");
        Assert.Equal("precious", await File.ReadAllTextAsync(input, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("probe --json")]
    [InlineData("--help")]
    public async Task An_output_that_cannot_be_written_is_one_line(string arguments)
    {
        string agent = $"dotnet exec {Path.Combine(AppContext.BaseDirectory, "agent.dll")} {arguments} >/dev/full";
        (int exitCode, string output) = await RunningProgram.RunAsync("/bin/sh", ["-c", agent], Deadline);
        Assert.True(exitCode == 1, output);
        Assert.Contains("write to standard output", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "there is no such scenario", "encode", "in.mp4", "out.mp4", "--scenario", "9K-h266")]
    [InlineData(2, "the end of its name tells the container", "encode", "in.mp4", "out.avi", "--scenario", "360p30-h264")]
    [InlineData(2, "webm cannot hold h264", "encode", "in.mp4", "out.webm", "--scenario", "360p30-h264")]
    [InlineData(2, "the end of its name tells the container", "encode", "in.mp4", ".mp4", "--scenario", "360p30-h264")]
    [InlineData(2, "it names no folder of its own", "encode", "in.mp4", "../", "--scenario", "360p30-h264", "--overwrite")]
    [InlineData(2, "it names no folder of its own", "encode", "in.mp4", "show/./", "--scenario", "360p30-h264", "--overwrite")]
    [InlineData(2, "it names no folder of its own", "encode", "in.mp4", "/", "--scenario", "360p30-h264", "--overwrite")]
    [InlineData(2, "encode generated:121: a generated clip has up to 120 seconds", "encode", "generated:121", "out.mp4", "--scenario", "360p30-h264")]
    [InlineData(2, "it is a folder", "encode", "in.mp4", "/tmp", "--scenario", "360p30-h264")]
    [InlineData(2, "letters, digits", "--name", "bad name!")]
    [InlineData(2, "this is a folder", "--ca", "/tmp")]
    [InlineData(1, "it is a file", "--work", "/etc/hostname")]
    [InlineData(2, "see agent --help", "encode", "in.mp4")]
    [InlineData(2, "see agent --help", "--slots", "none")]
    [InlineData(2, "see agent --help", "--heartbeat-interval", "often")]
    [InlineData(2, "--cert and --key go together", "--cert", "/dev/null")]
    [InlineData(2, "it is no URL of a master", "--master", "ftp://host/")]
    [InlineData(1, "open the input", "encode", "/nonexistent/in.mp4", "/tmp/encode-never-made.mp4", "--scenario", "360p30-h264", "--isolation", "none")]
    [InlineData(1, "not a regular file", "encode", "/dev/zero", "/tmp/encode-never-made.mp4", "--scenario", "360p30-h264", "--isolation", "none")]
    [InlineData(1, "create it first", "encode", "generated:1", "/nonexistent/out.mp4", "--scenario", "360p30-h264", "--isolation", "none")]
    public Task A_mistake_is_one_line_and_an_exit_code(int exitCode, string said, params string[] arguments) => FailsAsync(exitCode, said, arguments);

    [Fact]
    public async Task Probe_tells_what_this_host_encodes()
    {
        (int exitCode, string output) = await AgentAsync("probe", "--json");
        Assert.True(exitCode == 0, output);
        JsonElement host = JsonDocument.Parse(output).RootElement;
        string?[] encoders = [.. host.GetProperty("encoders").EnumerateArray().Select(encoder => encoder.GetProperty("name").GetString())];
        Assert.Superset(new HashSet<string?> { "libx264", "libx265", "libsvtav1" }, encoders.ToHashSet());
        Assert.Contains("h264", host.GetProperty("decoders").EnumerateArray().Select(decoder => decoder.GetString()));
        Assert.Equal(Environment.ProcessorCount, host.GetProperty("threads").GetInt32());
    }

    private static async Task FailsAsync(int exitCode, string said, params string[] arguments)
    {
        (int ended, string output) = await AgentAsync(arguments);
        Assert.True(exitCode == ended, output);
        string line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(said, line, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output)> AgentAsync(params string[] arguments) => RunningProgram.RunAsync(
        "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "agent.dll"), .. arguments], Deadline);
}
