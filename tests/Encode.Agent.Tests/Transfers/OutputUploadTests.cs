using System.Net;
using System.Net.Sockets;
using System.Text;
using Encode.Agent.Output;
using Encode.Agent.Tests.Farm;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.TestKit;

namespace Encode.Agent.Tests.Transfers;

/// <summary>Delivering an output to masters that cannot take it. The server is a socket: what matters is when it answers and hangs up.</summary>
public sealed class OutputUploadTests : IDisposable
{
    private const int OutputBytes = 256 << 20; // sparse; more than all socket buffers hold
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TransferLimits Limits = new() { FirstPause = TimeSpan.FromMilliseconds(1), MaxPause = TimeSpan.FromMilliseconds(1), MaxDeliveries = 4 };

    private readonly TempFolder _folder = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly OutputFile _output;
    private readonly HttpClient _http;
    private int _requests;

    public OutputUploadTests()
    {
        _output = OutputFile.Create(OutputFolder.Open(_folder.Path), "upload", "job", 1);
        RandomAccess.SetLength(_output.File, OutputBytes);
        _server.Start();
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{((IPEndPoint)_server.LocalEndpoint).Port}") };
    }

    public void Dispose()
    {
        _server.Dispose();
        _http.Dispose();
        _output.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4 << 20, 2)] // it finds out on the way and hangs up, and says so when it is asked again
    public async Task A_master_without_room_is_believed_before_the_body_is_sent(int bodyBytes, int requests)
    {
        _ = ServeAsync(bodyBytes, "507 Insufficient Storage");
        AttemptException error = await FailsAsync();
        Assert.Equal(ErrorClass.Resource, error.Class);
        Assert.Contains("no room", error.Message, StringComparison.Ordinal);
        Assert.Equal(requests, _requests);
    }

    [Fact]
    public async Task A_master_that_always_fails_is_given_up()
    {
        _ = ServeAsync(0, "500 Internal Server Error");
        AttemptException error = await FailsAsync();
        Assert.Equal(ErrorClass.Network, error.Class);
        Assert.Contains($"{Limits.MaxDeliveries} times", error.Message, StringComparison.Ordinal);
        Assert.Equal(Limits.MaxDeliveries, _requests);
    }

    [Fact]
    public async Task What_a_master_has_lost_of_a_file_that_it_had_in_full_is_sent_again()
    {
        const int bytes = 1000;
        byte[] content = new byte[bytes];
        new Random(5).NextBytes(content);
        RandomAccess.Write(_output.File, content, 0);
        await using FakeMaster master = new();
        master.ListenHttp();
        using HttpClient http = new() { BaseAddress = master.Url };
        OutputUpload upload = new(http, Limits, TimeProvider.System);
        AttemptKey key = Samples.Offer().Key;
        Assert.Equal(bytes, await upload.SendPartAsync("upload:out.ts", key, _output.File, 0, bytes, TestContext.Current.CancellationToken));
        master.Partial["/files/out.ts"] = content[..300];
        await upload.StageAsync("upload:out.ts", key, _output.File, bytes, new string('0', 64), bytes, TestContext.Current.CancellationToken).WaitAsync(Deadline);
        Assert.Equal(content, master.Staged["/files/out.ts"]);
    }

    private Task<AttemptException> FailsAsync() => Assert.ThrowsAsync<AttemptException>(() =>
        new OutputUpload(_http, Limits, TimeProvider.System)
            .StageAsync("upload:out.mp4", Samples.Offer().Key, _output.File, OutputBytes, new string('0', 64), 0, TestContext.Current.CancellationToken).WaitAsync(Deadline));

    /// <summary>Answers the first request after some bytes of its body and later ones at once, and hangs up as Kestrel does: the rest of a body is not read.</summary>
    private async Task ServeAsync(int bodyBytes, string status)
    {
        while (true)
        {
            using Socket client = await _server.AcceptSocketAsync();
            await ReadHeadAsync(client);
            if (Interlocked.Increment(ref _requests) == 1 && bodyBytes > 0)
            {
                await ReadBodyAsync(client, bodyBytes);
            }

            const string Problem = """{"detail":"the disk is full"}""";
            await client.SendAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status}\r\nContent-Type: application/problem+json\r\nContent-Length: {Problem.Length}\r\nConnection: close\r\n\r\n{Problem}"));
            client.Shutdown(SocketShutdown.Send);
            await UntilReadAsync(client);
        }
    }

    private static async Task ReadBodyAsync(Socket client, int bytes)
    {
        await client.SendAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        byte[] body = new byte[64 << 10];
        for (int read = 0; read < bytes;)
        {
            read += await client.ReceiveAsync(body);
        }
    }

    // Kestrel drains for a few seconds before it resets; here until the client has read the answer and hung up, or has sent a little more.
    private static async Task UntilReadAsync(Socket client)
    {
        byte[] rest = new byte[64 << 10];
        try
        {
            for (int more = 0; more < 64 && await client.ReceiveAsync(rest) > 0; more++)
            {
            }
        }
        catch (SocketException)
        {
            // The client has hung up.
        }
    }

    private static async Task ReadHeadAsync(Socket client)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await client.ReceiveAsync(one) > 0)
        {
            head.Append((char)one[0]);
        }
    }
}
