using System.Diagnostics;
using System.Net;
using Encode.Master.Api;
using Encode.Master.Configuration;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Master.Tests.Api;

/// <summary>Peers that are slow, silent or gone do not keep what they hold, and do not keep others waiting.</summary>
public sealed class TimeoutTests
{
    private const string Head = "POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(200);

    /// <summary>Kestrel looks once a second, and this machine may be busy.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(20);

    private static readonly ConnectionLimits Short = new() { HeaderTime = Patience, IdleTime = Patience, Grace = Patience };

    [Fact]
    public void An_operator_gets_the_times_that_the_guide_names()
    {
        ConnectionLimits limits = new();
        Assert.Equal((30, 120), (limits.HeaderTime.TotalSeconds, limits.IdleTime.TotalSeconds));
        Assert.True(limits.RequestBytesPerSecond > 1 && limits.ResponseBytesPerSecond > 1);
        Assert.True(limits.ConnectionsPerAddress * 2 < limits.Connections);
    }

    [Fact]
    public async Task Five_hundred_dripping_clients_are_closed_in_time_and_nobody_waits_for_them()
    {
        const int clients = 500;
        await using ApiHost host = await ApiHost.StartAsync(limits: Short);
        SlowClient[] slow = await Task.WhenAll(Enumerable.Range(0, clients).Select(i =>
            SlowClient.ConnectAsync(host.Address.Port, i % 2 == 0 ? "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: " : Head)));
        Assert.InRange(await ConnectionsAsync(host), clients / 2, clients + 10);

        using CancellationTokenSource over = new();
        Task dripping = DripAsync(slow, over.Token);
        List<double> milliseconds = await AskWhileAsync(host, Task.WhenAll(slow.Select(client => client.Closed)).WaitAsync(Patience + Slack));
        await over.CancelAsync();
        await dripping;

        milliseconds.Sort();
        double median = milliseconds[milliseconds.Count / 2];
        TestContext.Current.TestOutputHelper!.WriteLine($"figure: beside {clients} slow clients an answer takes {median:F1} ms (median of {milliseconds.Count}, longest {milliseconds[^1]:F0})");
        Assert.InRange(median, 0, 250);
        Assert.All(slow, client => Assert.StartsWith("HTTP/1.1 408", client.Answer, StringComparison.Ordinal));
        Assert.Equal(1, await ConnectionsAsync(host));
        Array.ForEach(slow, client => client.Dispose());
    }

    [Fact]
    public async Task An_upload_may_take_longer_than_every_limit_as_long_as_it_moves()
    {
        const int parts = 30;
        await using ApiHost host = await ApiHost.StartAsync(limits: Short);
        using SlowClient upload = await SlowClient.ConnectAsync(host.Address.Port, $"PUT /files/slow.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: {parts * 1024}\r\n\r\n");
        using PeriodicTimer pace = new(Drip);
        for (int i = 0; i < parts; i++)
        {
            await pace.WaitForNextTickAsync();
            Assert.True(await upload.SendAsync(new string('x', 1024)), upload.Answer);
        }

        await Eventually.IsTrueAsync("the answer", Slack, () => upload.Answer.Length > 0);
        Assert.StartsWith("HTTP/1.1 201", upload.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_asks_nothing_more_is_closed()
    {
        await using ApiHost host = await ApiHost.StartAsync(limits: Short);
        using SlowClient idle = await SlowClient.ConnectAsync(host.Address.Port, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.InRange(await idle.Closed.WaitAsync(Patience + Slack), Patience / 2, Patience + Slack);
        Assert.StartsWith("HTTP/1.1 200", idle.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dripping_body_over_HTTP_2_is_cut_as_well()
    {
        using TempFolder folder = new();
        SelfSigned.Write(folder.Combine("master.crt"), folder.Combine("master.key"), ["localhost", "127.0.0.1"]);
        using CertificateWithKey own = CertificateWithKey.Load(folder.Combine("master.crt"), folder.Combine("master.key"));
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { Tls = true }, certificate: () => own, limits: Short);
        using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using HttpClient client = new(handler) { BaseAddress = host.Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using HttpRequestMessage request = new(HttpMethod.Put, "/files/drip.bin") { Content = new DrippingContent(Drip) };
        long start = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage answer = await client.SendAsync(request).WaitAsync(Patience + Slack);
            Assert.Equal(HttpStatusCode.RequestTimeout, answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The stream was reset while the client still sent, which it takes for a failure: just as well.
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start), Patience / 2, Patience + Slack);
    }

    [Fact]
    public async Task One_address_cannot_take_the_connections_of_all()
    {
        await using ApiHost host = await ApiHost.StartAsync(limits: new ConnectionLimits { ConnectionsPerAddress = 8 });
        List<SlowClient> greedy = [];
        for (int i = 0; i < 12; i++)
        {
            greedy.Add(await SlowClient.ConnectAsync(host.Address.Port, from: "127.0.0.2"));
        }

        await Task.WhenAll(greedy[8..].Select(client => client.Closed)).WaitAsync(Slack);
        Assert.All(greedy[..8], client => Assert.False(client.Closed.IsCompleted));
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/health")).Response.StatusCode);
        Assert.Contains("encode_http_connections_refused_total 4\n", await PageAsync(host), StringComparison.Ordinal);
        Assert.Single(host.Log.ToString().Split('\n'), line => line.Contains("127.0.0.2: it holds 8 connections already", StringComparison.Ordinal));

        greedy[0].Dispose();
        await Eventually.GetAsync("room for its next connection", Slack, async () =>
        {
            using SlowClient next = await SlowClient.ConnectAsync(host.Address.Port, "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", from: "127.0.0.2");
            await next.Closed;
            return next.Answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) ? "yes" : null;
        });
        greedy.ForEach(client => client.Dispose());
    }

    private static async Task DripAsync(SlowClient[] clients, CancellationToken over)
    {
        using PeriodicTimer pace = new(Drip);
        while (!over.IsCancellationRequested)
        {
            await ((Task)pace.WaitForNextTickAsync(over).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (SlowClient client in clients.Where(client => !client.Closed.IsCompleted))
            {
                await client.SendAsync("x");
            }
        }
    }

    private static async Task<List<double>> AskWhileAsync(ApiHost host, Task until)
    {
        List<double> milliseconds = [];
        while (!until.IsCompleted)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.Created, (await host.PostAsync("/jobs", """{"scenario":"720p-h264"}""")).Response.StatusCode);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        await until;
        return milliseconds;
    }

    private static async Task<int> ConnectionsAsync(ApiHost host)
    {
        const string name = "encode_http_connections ";
        string line = (await PageAsync(host)).Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal));
        return int.Parse(line[name.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task<string> PageAsync(ApiHost host) => host.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));

    private sealed class DrippingContent(TimeSpan pace) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            using PeriodicTimer timer = new(pace);
            for (int i = 0; i < 1000 && await timer.WaitForNextTickAsync(); i++)
            {
                await stream.WriteAsync(new byte[1]);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 1000;
            return true;
        }
    }
}
