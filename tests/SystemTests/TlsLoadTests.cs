using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>A published master with TLS under load: certificates that change, keys that are guessed, memory. Every load is bounded in count and time.</summary>
public sealed class TlsLoadTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Key = "the-right-key-of-this-farm-0123456789";
    private const int Reloads = 1000;
    private const int Requests = 100_000;
    private const double MaxResidentMegabytes = 60;

    private readonly TempFolder folder = new();
    private readonly TestAuthority authority = TestAuthority.CreateRoot("farm-ca");
    private readonly int port = LoopbackServer.FreePort();
    private RunningProgram master = null!;

    public async ValueTask InitializeAsync()
    {
        Issue();
        master = RunningProgram.Start(
            Published.Master,
            ["--tls", "--cert", folder.Combine("m.crt"), "--key", folder.Combine("m.key"), "--port", $"{port}", "--nats-port", $"{LoopbackServer.FreePort()}", "--db", folder.Combine("m.db"), "--files", folder.Combine("files")],
            folder.Path,
            new Dictionary<string, string?> { ["ENCODE_API_KEY"] = Key });
        await master.WaitForLineAsync(line => line.Contains("listens on https", StringComparison.Ordinal), Limits.Start);
    }

    public async ValueTask DisposeAsync()
    {
        await master.DisposeAsync();
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_thousand_certificates_are_taken_up_under_load_each_at_the_next_handshake_without_a_failed_request()
    {
        using CancellationTokenSource stop = new();
        using HttpClient kept = Client();
        long[] done = new long[2];
        Task[] load = [LoadAsync(() => kept, done, 0, stop.Token), LoadAsync(null, done, 1, stop.Token)];
        for (int i = 0; i < Reloads; i++)
        {
            string issued = Issue();
            if (i % 10 == 0)
            {
                master.Signal(1);
            }

            Assert.Equal(issued, await ShownAsync());
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(done[0] > Reloads / 10 && done[1] > Reloads / 100, $"too little load: {done[0]} and {done[1]} requests");
        output.WriteLine($"figure: {Reloads} certificate reloads, {done[0]} requests on a kept connection and {done[1]} on new ones meanwhile: 0 failed, the new certificate at each next handshake");
    }

    [Fact]
    public async Task A_thousand_wrong_keys_a_second_do_not_slow_a_good_client_elsewhere()
    {
        using HttpClient good = Client("127.0.0.3");
        await TimesAsync(good, 100); // Warm on both sides.
        double quiet = Percentile99(await TimesAsync(good, 500));
        using CancellationTokenSource stop = new(TimeSpan.FromMinutes(1));
        Task<(int Sent, double PerSecond)> guessing = GuessAsync(stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken); // The load itself needs time, not a state.
        double attacked = Percentile99(await TimesAsync(good, 500));
        await stop.CancelAsync();
        (int sent, double perSecond) = await guessing;
        double limit = Math.Max(2 * quiet, 20);
        string figure = $"{perSecond:F0} wrong keys a second ({sent}) from 127.0.0.2: p99 of a good client on 127.0.0.3 {attacked:F1} ms, quiet {quiet:F1} ms (limit {limit:F1} ms)";
        output.WriteLine($"figure: {figure}");
        Assert.True(perSecond > 800, figure);
        Assert.True(attacked <= limit, figure);
        Assert.Contains("refused 127.0.0.2", master.Output, StringComparison.Ordinal);
        Assert.InRange(master.Output.Split('\n').Count(line => line.Contains("refused 127.0.0.2", StringComparison.Ordinal)), 1, 50);
        Assert.DoesNotContain("wrong-key", master.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_master_stays_small_after_a_hundred_thousand_requests_over_TLS()
    {
        const int Clients = 8;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            HttpClient client = Client();
            for (int i = 0; i < Requests / Clients; i++)
            {
                if (i % 100 == 99)
                {
                    client.Dispose(); // Handshakes leave their traces too.
                    client = Client();
                }

                using HttpResponseMessage response = await client.GetAsync(new Uri(i % 2 == 0 ? "/health" : "/jobs?limit=1", UriKind.Relative));
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }

            client.Dispose();
        }));
        double megabytes = ResidentBytes() / 1e6;
        output.WriteLine($"figure: resident memory of the master after {Requests} requests over TLS: {megabytes:F1} MB (limit {MaxResidentMegabytes} MB)");
        Assert.InRange(megabytes, 1, MaxResidentMegabytes);
    }

    /// <summary>Issues a new pair in place of the old; its thumbprint.</summary>
    private string Issue()
    {
        authority.Issue("localhost", folder.Combine("m.crt"), folder.Combine("m.key"));
        using X509Certificate2 issued = X509CertificateLoader.LoadCertificateFromFile(folder.Combine("m.crt"));
        return issued.Thumbprint;
    }

    private async Task<string> ShownAsync()
    {
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        await using SslStream tls = new(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync("localhost");
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    private async Task LoadAsync(Func<HttpClient>? kept, long[] done, int index, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            HttpClient client = kept?.Invoke() ?? Client();
            using HttpResponseMessage response = await client.GetAsync(new Uri("/jobs?limit=1", UriKind.Relative), CancellationToken.None);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            done[index]++;
            if (kept is null)
            {
                client.Dispose();
            }
        }
    }

    /// <summary>A thousand guesses a second over kept connections, fewer only where answers are held back.</summary>
    private async Task<(int Sent, double PerSecond)> GuessAsync(CancellationToken stop)
    {
        const int PerTick = 20;
        using HttpClient client = Client("127.0.0.2", "wrong-key-wrong-key-wrong-key-wrong-key");
        using HttpClient token = Client("127.0.0.2", "node-" + new string('x', 43)); // Looks like one, and is looked for in the database.
        List<Task> open = [];
        int sent = 0;
        long start = Stopwatch.GetTimestamp();
        using PeriodicTimer ticks = new(TimeSpan.FromMilliseconds(20));
        while (!stop.IsCancellationRequested)
        {
            // What a late tick missed is made up for, so that the rate holds on a busy host.
            int due = (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * 1000) - sent;
            for (int i = 0; i < Math.Min(due, 5 * PerTick); i++, sent++)
            {
                open.Add(TryAsync(sent % 2 == 0 ? client : token, stop));
            }

            open.RemoveAll(task => task.IsCompletedSuccessfully);
            await ticks.WaitForNextTickAsync(CancellationToken.None);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Task.WhenAll(open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return (sent, sent / seconds);
    }

    private static async Task TryAsync(HttpClient client, CancellationToken stop)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri("/jobs", UriKind.Relative), stop);
        Assert.True(response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{response.StatusCode}");
    }

    private static async Task<List<double>> TimesAsync(HttpClient client, int count)
    {
        List<double> milliseconds = [];
        using PeriodicTimer pace = new(TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < count; i++)
        {
            await pace.WaitForNextTickAsync();
            long start = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await client.GetAsync(new Uri("/jobs?limit=1", UriKind.Relative));
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        return milliseconds;
    }

    private static double Percentile99(List<double> values) => values.Order().ElementAt((int)(values.Count * 0.99));

    private HttpClient Client(string? from = null, string key = Key)
    {
        SocketsHttpHandler handler = new() { UseProxy = false, MaxConnectionsPerServer = 64 };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        handler.ConnectCallback = async (context, cancel) =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(from is null ? IPAddress.Loopback : IPAddress.Parse(from), 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        };
        HttpClient client = new(handler) { BaseAddress = new Uri($"https://localhost:{port}"), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private long ResidentBytes()
    {
        string line = File.ReadLines($"/proc/{master.Id}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
