using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The published master, asked by a monitor.</summary>
public sealed class MetricsTests(ITestOutputHelper output)
{
    private const int Jobs = 100_000;
    private const int Scrapes = 15;
    private const double LimitMilliseconds = 10;

    [Fact]
    public async Task A_farm_that_works_tells_what_it_does_and_promtool_has_nothing_to_say()
    {
        int port = LoopbackServer.FreePort();
        await using Farm farm = await Farm.StartAsync(new FarmOptions { MasterFlags = ["--health-port", $"{port}"] });
        JsonNode job = await farm.Client.SubmitAsync("""{"scenario":"360p24-h264","parameters":{"duration":0.5}}""");
        await farm.Client.CompletedAsync(job);
        string page = await farm.Client.Http.GetStringAsync("/metrics");
        Assert.Empty(await PromTool.CheckAsync(page));
        Assert.Contains("encode_jobs{state=\"completed\",queue=\"default\"} 1\n", page);
        Assert.Contains("encode_attempts_ended_total{outcome=\"completed\",class=\"none\"} 1\n", page);
        Assert.Contains("encode_job_encode_duration_seconds_count 1\n", page);
        Assert.Contains("encode_nodes{state=\"online\"} 1\n", page);
        Assert.Contains("encode_certificate_expiry_seconds{use=\"server\"} ", page);
        Assert.Contains("encode_http_requests_total{method=\"POST\",route=\"/jobs\",code=\"201\"} 1\n", page);
        Assert.DoesNotContain((string)job["id"]!, page);

        using HttpClient monitor = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Assert.Empty(await PromTool.CheckAsync(await monitor.GetStringAsync("/metrics")));
        using MasterClient stranger = new(farm.Url, key: null, System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(farm.Certificate));
        using HttpResponseMessage refused = await stranger.Http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_scrape_stays_cheap_with_a_hundred_thousand_jobs()
    {
        await using Farm farm = await Farm.StartAsync(new FarmOptions { Agents = 0, Tls = false, Key = false });
        await farm.KillMasterAsync();
        await SqliteProgram.RunAsync(farm.Database, $$"""
            INSERT INTO jobs (id, state, queue, priority, request, settings, outputs, max_retries, timeout_seconds, created_at)
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {{Jobs}})
                SELECT printf('%032x', i), 'queued', i % 3, 1, '{}', '{}', '[]', 2, 0, 0 FROM n;
            UPDATE jobs SET state = 'failed', finished_at = 0, error_class = iif(seq % 2, 'input', 'network'), error_message = 'x';
            """);
        await farm.StartMasterAsync();

        List<double> milliseconds = [];
        for (int i = 0; i < Scrapes; i++)
        {
            long start = Stopwatch.GetTimestamp();
            string page = await farm.Client.Http.GetStringAsync("/metrics");
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.Contains($"encode_jobs_failed{{state=\"failed\",class=\"input\"}} {Jobs / 2}\n", page);
        }

        milliseconds.Sort();
        string figure = $"/metrics with {Jobs} jobs: median {milliseconds[Scrapes / 2]:F1} ms, {milliseconds[0]:F1} to {milliseconds[^1]:F1} in {Scrapes} scrapes (limit {LimitMilliseconds} ms)";
        output.WriteLine($"figure: {figure}");
        Assert.True(milliseconds[0] < LimitMilliseconds, figure);
    }
}
