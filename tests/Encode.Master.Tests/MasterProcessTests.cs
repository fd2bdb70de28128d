using System.Net;
using System.Net.Sockets;
using System.Text;
using Encode.Master.Api;
using Encode.Master.Configuration;
using Encode.Messaging.Logging;
using Encode.Messaging.Processes;
using Encode.TestKit;

namespace Encode.Master.Tests;

/// <summary>A whole master in this process: how it starts, and in which order it closes.</summary>
public sealed class MasterProcessTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TempFolder folder = new();
    private readonly Lines log = new();

    static MasterProcessTests()
    {
        ChildLauncher.SelfCommand = ChildLauncher.CommandFor(Path.Combine(AppContext.BaseDirectory, "master.dll"));
        Environment.SetEnvironmentVariable("PATH", $"{Path.GetDirectoryName(NatsServerProgram.Require())}:{Environment.GetEnvironmentVariable("PATH")}");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_master_that_is_told_to_stop_while_it_starts_ends_without_an_error()
    {
        Assert.Equal(0, await RunAsync(Options(), new CancellationToken(canceled: true)).WaitAsync(Deadline));
        Assert.DoesNotContain("listens on http", log.ToString(), StringComparison.Ordinal);
        Assert.Contains("master stops: told to while it started", log.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("master stopped", log.ToString().TrimEnd(), StringComparison.Ordinal);

        // Everything was given back: another one has the database and the folder.
        Assert.Equal(0, await RunAsync(Options(), new CancellationToken(canceled: true)).WaitAsync(Deadline));
    }

    [Fact]
    public async Task While_the_last_requests_are_served_the_broker_still_answers()
    {
        MasterOptions options = Options();
        using CancellationTokenSource stop = new();
        Task<int> running = RunAsync(options, stop.Token);
        await Eventually.IsTrueAsync("the master to listen", Deadline, () => running.IsCompleted || log.ToString().Contains("listens on http", StringComparison.Ordinal));
        using TcpClient upload = new();
        await upload.ConnectAsync(IPAddress.Loopback, options.Port!.Value);
        NetworkStream stream = upload.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("PUT /files/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab"));
        await Eventually.IsTrueAsync("the upload to begin", Deadline, () => Directory.EnumerateFiles(folder.Combine("files", "partial")).Any());

        await stop.CancelAsync();
        await Eventually.GetAsync("the API to take no more connections", Deadline, async () => await AnswersAsync(options.Port!.Value) ? null : "closed");
        Assert.False(running.IsCompleted);
        Assert.True(await AnswersAsync(options.NatsPort));
        await stream.WriteAsync("cd"u8.ToArray());
        byte[] answer = new byte[12];
        await stream.ReadExactlyAsync(answer);
        Assert.Equal("HTTP/1.1 201", Encoding.ASCII.GetString(answer));
        Assert.Equal(0, await running.WaitAsync(Deadline));
        Assert.False(await AnswersAsync(options.NatsPort));
    }

    [Fact]
    public async Task A_master_on_another_ones_port_gives_everything_back_and_says_so_in_one_sentence()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        MasterOptions options = Options() with { Port = ((IPEndPoint)taken.LocalEndpoint).Port };
        ListenException refused = await Assert.ThrowsAsync<ListenException>(() => RunAsync(options, CancellationToken.None).WaitAsync(Deadline));
        Assert.Contains("the port is in use", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(Options(), new CancellationToken(canceled: true)).WaitAsync(Deadline));
    }

    [Theory]
    [InlineData("", "", "the database is in memory")]
    [InlineData("farm.db", "correct-horse-battery-staple", "API keys travel in clear")]
    public async Task What_a_user_would_regret_is_told_at_start(string db, string key, string says)
    {
        MasterOptions options = Options() with { Bind = "", Db = db.Length == 0 ? "" : folder.Combine(db), ApiKey = key };
        Assert.Equal(0, await RunAsync(options, new CancellationToken(canceled: true)).WaitAsync(Deadline));
        Assert.Single(log.ToString().Split('\n'), line => line.Contains(says, StringComparison.Ordinal));
    }

    private MasterOptions Options() => new()
    {
        Port = FreePort(),
        Bind = "127.0.0.1",
        NatsPort = FreePort(),
        Db = folder.Combine("farm.db"),
        Files = folder.Combine("files"),
    };

    private Task<int> RunAsync(MasterOptions options, CancellationToken stop) =>
        Task.Run(() => MasterProcess.RunAsync(options, new LineLoggerProvider(log, json: false, TimeProvider.System), stop));

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
