using System.Net;
using System.Net.Sockets;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>What a program says that cannot start: one line, exit code 2 for usage and 1 for failure, never a stack trace.</summary>
public sealed class StartErrorTests
{
    [Theory]
    [InlineData(2, "--port", "--port", "99999")]
    [InlineData(2, "--no-such-flag", "--no-such-flag")]
    [InlineData(2, "--ca", "--tls", "--mtls")]
    [InlineData(1, "missing.crt", "--tls", "--cert", "missing.crt", "--key", "missing.key")]
    public async Task The_master_refuses_to_start(int exitCode, string says, params string[] flags)
    {
        using TempFolder folder = new();
        (int code, string output) = await RunningProgram.RunAsync(Published.Master, flags, Limits.Exit, folder.Path);
        AssertOneLine(exitCode, says, code, output);
    }

    [Theory]
    [InlineData(2, "--heartbeat-interval", "--heartbeat-interval", "soon")]
    [InlineData(2, "--no-such-flag", "--no-such-flag")]
    [InlineData(1, "missing.mp4", "encode", "missing.mp4", "out.mp4", "--scenario", "360p30-h264")]
    [InlineData(2, "8K-h264", "encode", "missing.mp4", "out.mp4", "--scenario", "8K-h264")]
    public async Task The_agent_refuses_to_start(int exitCode, string says, params string[] flags)
    {
        using TempFolder folder = new();
        (int code, string output) = await RunningProgram.RunAsync(Published.Agent, flags, Limits.Exit, folder.Path);
        AssertOneLine(exitCode, says, code, output);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    public async Task An_agent_with_a_wrong_key_or_none_says_so_and_ends(string key)
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Agents = 0 });
        string[] flags = ["--register", "--master", farm.Url, "--ca", farm.Certificate, "--work", Path.Combine(farm.Folder, "work"), "--name", "stranger"];
        (int code, string output) = await RunningProgram.RunAsync(
            Published.Agent, key.Length > 0 ? [.. flags, "--api-key", key] : flags, Limits.Exit, farm.Folder, new Dictionary<string, string?> { ["ENCODE_API_KEY"] = null });
        AssertFailure("give --api-key-file", code, output);
        Assert.Contains("give --api-key-file", output.Trim().Split('\n')[^1]);
        Assert.Equal(0, await farm.Client.OnlineNodesAsync());
    }

    [Fact]
    public async Task A_second_master_on_a_port_is_refused()
    {
        using TempFolder folder = new();
        using TcpListener first = new(IPAddress.Loopback, 0);
        first.Start();
        string port = $"{((IPEndPoint)first.LocalEndpoint).Port}";
        (int code, string output) = await RunningProgram.RunAsync(
            Published.Master, ["--bind", "127.0.0.1", "--port", port, "--nats-port", $"{LoopbackServer.FreePort()}", "--files", folder.Combine("files")], Limits.Exit, folder.Path);
        AssertFailure(port, code, output);
    }

    [Fact]
    public async Task A_second_master_on_a_database_is_refused_and_the_first_goes_on()
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Agents = 0 });
        (int code, string output) = await RunningProgram.RunAsync(
            Published.Master, ["--bind", "127.0.0.1", "--port", $"{LoopbackServer.FreePort()}", "--nats-port", $"{LoopbackServer.FreePort()}", "--db", Path.Combine(farm.Folder, "master.db"), "--files", Path.Combine(farm.Folder, "other")], Limits.Exit, farm.Folder);
        AssertFailure("master.db", code, output);
        Assert.Equal(HttpStatusCode.OK, await farm.Client.TryHealthAsync());
    }

    [Fact]
    public async Task A_master_that_finds_no_nats_server_says_where_it_looked()
    {
        using TempFolder folder = new();
        string alone = folder.Combine("master");
        File.Copy(Published.Master, alone);
        (int code, string output) = await RunningProgram.RunAsync(
            alone, ["--bind", "127.0.0.1", "--port", $"{LoopbackServer.FreePort()}", "--files", folder.Combine("files")], Limits.Exit, folder.Path,
            new Dictionary<string, string?> { ["PATH"] = "/nonexistent" });
        AssertFailure("nats-server", code, output);
    }

    [Fact]
    public async Task A_master_that_is_asked_to_stop_exits_with_0()
    {
        await using Farm farm = await Farm.StartAsync();
        farm.Agents[0].Signal(15);
        Assert.Equal(0, await farm.Agents[0].WaitForExitAsync(Limits.Exit));
        farm.Master.Signal(15);
        Assert.Equal(0, await farm.Master.WaitForExitAsync(Limits.Exit));
    }

    private static void AssertOneLine(int expectedCode, string says, int code, string output)
    {
        Assert.True(expectedCode == code, $"exit code {code}: {output}");
        Assert.Contains(says, output);
        Assert.DoesNotContain("   at ", output);
        Assert.Single(output.Trim().Split('\n'), line => !line.EndsWith("--help'", StringComparison.Ordinal));
    }

    // A master logs what it did before it fails; its last word is the error.
    private static void AssertFailure(string says, int code, string output)
    {
        Assert.True(code == 1, $"exit code {code}: {output}");
        Assert.Contains(output.Trim().Split('\n'), line => line.Contains(says, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", output);
    }
}
