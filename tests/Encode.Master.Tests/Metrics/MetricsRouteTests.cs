using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Encode.Contracts.Jobs;
using Encode.Master.Configuration;
using Encode.Master.Metrics;
using Encode.Master.Store;
using Encode.Master.Tests.Api;
using Encode.Master.Tests.Store;
using Encode.TestKit;

namespace Encode.Master.Tests.Metrics;

/// <summary>What <c>GET /metrics</c> tells, and whom.</summary>
public sealed class MetricsRouteTests
{
    [Fact]
    public async Task Promtool_has_nothing_to_say_of_a_farm_that_has_worked()
    {
        await using ApiHost host = await ApiHost.StartAsync(expiries: [new("server", "master.crt", DateTimeOffset.UtcNow.AddDays(10)), new("ca", "ca.crt", DateTimeOffset.UtcNow.AddDays(-1))]);
        await WorkAsync(host.Store);
        await host.GetAsync("/jobs");
        await host.GetAsync("/nothing\"}%0a");
        Assert.Empty(await PromTool.CheckAsync(await PageAsync(host.Client)));
    }

    [Fact]
    public async Task Jobs_are_told_by_state_queue_and_class_of_failure()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await WorkAsync(host.Store);
        Dictionary<string, double> page = Read(await PageAsync(host.Client));
        Assert.Equal(1, page["encode_jobs{state=\"completed\",queue=\"default\"}"]);
        Assert.Equal(1, page["encode_jobs{state=\"failed\",queue=\"default\"}"]);
        Assert.Equal(1, page["encode_jobs{state=\"queued\",queue=\"live\"}"]);
        Assert.Equal(0, page["encode_jobs{state=\"paused\",queue=\"batch\"}"]);
        Assert.Equal(1, page["encode_jobs_failed{state=\"failed\",class=\"input\"}"]);
        Assert.Equal(0, page["encode_jobs_failed{state=\"timed_out\",class=\"resource\"}"]);
        Assert.Equal(2, page["encode_attempts_started_total"]);
        Assert.Equal(1, page["encode_attempts_ended_total{outcome=\"completed\",class=\"none\"}"]);
        Assert.Equal(1, page["encode_attempts_ended_total{outcome=\"failed\",class=\"input\"}"]);
        Assert.Equal(2, page["encode_job_queue_wait_seconds_count{queue=\"default\"}"]);
        Assert.Equal(1, page["encode_job_encode_duration_seconds_count"]);
        Assert.Equal(1, page["encode_job_real_time_factor_count"]);
    }

    [Fact]
    public async Task A_failure_that_is_tried_again_is_told_with_its_class_and_every_kind_of_end_from_the_start()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        const string again = "encode_attempts_ended_total{outcome=\"requeued\",class=\"platform\"}";
        Assert.Equal(0, Read(await PageAsync(host.Client))[again]);
        JobRow job = await Samples.ClaimedAsync(host.Store);
        await host.Store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Platform));
        Assert.Equal(1, Read(await PageAsync(host.Client))[again]);
    }

    [Fact]
    public async Task Nodes_slots_files_and_the_database_are_told_as_they_are()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.Store.RegisterNodeAsync(Samples.Node("a", slots: 2));
        await host.Store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1));
        using (HttpResponseMessage uploaded = await host.Client.PutAsync(new Uri("/files/a.bin", UriKind.Relative), new ByteArrayContent(new byte[1234])))
        {
            Assert.Equal(HttpStatusCode.Created, uploaded.StatusCode);
        }

        Dictionary<string, double> page = Read(await PageAsync(host.Client));
        Assert.Equal((1, 0), (page["encode_nodes{state=\"online\"}"], page["encode_nodes{state=\"offline\"}"]));
        Assert.Equal((2, 0), (page["encode_slots{state=\"free\"}"], page["encode_slots{state=\"busy\"}"]));
        Assert.Equal((1, 1234), (page["encode_files{state=\"complete\"}"], page["encode_files_bytes"]));
        Assert.InRange(page["encode_files_free_bytes"], 1, double.MaxValue);
        Assert.InRange(page["encode_database_bytes{file=\"database\"}"], 4096, 1e9);
        Assert.Equal((1, 1), (page["encode_database_up"], page["encode_broker_up"]));
        Assert.InRange(page["process_resident_memory_bytes"], 1e6, 1e12);
        Assert.InRange(page["process_open_fds"], 10, page["process_max_fds"]);
        Assert.InRange(page["process_start_time_seconds"], 1.5e9, DateTimeOffset.UtcNow.ToUnixTimeSeconds());

        Assert.Equal((0, 0), (page["encode_broker_reconnects_total"], page["encode_broker_dropped_messages_total"]));
        host.Broker.IsUp = false;
        Assert.Equal(0, Read(await PageAsync(host.Client))["encode_broker_up"]);
    }

    [Fact]
    public async Task A_certificate_is_told_by_the_seconds_that_it_has_left_and_in_health()
    {
        await using ApiHost host = await ApiHost.StartAsync(expiries: [new("server", "/etc/secret-place/master.crt", DateTimeOffset.UtcNow.AddDays(10.5))]);
        Assert.InRange(Read(await PageAsync(host.Client))["encode_certificate_expiry_seconds{use=\"server\"}"], (10.5 * 86400) - 60, 10.5 * 86400);
        (HttpResponseMessage response, System.Text.Json.Nodes.JsonNode? health) = await host.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("server", 10), ((string)health!["certificates"]![0]!["use"]!, (int)health["certificates"]![0]!["days_left"]!));
        Assert.DoesNotContain("secret-place", health.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_are_counted_by_template_and_no_path_makes_a_series()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await PageAsync(host.Client);
        int before = 0;
        for (int i = 0; i < 300; i++)
        {
            await host.GetAsync($"/jobs/{i + 1}");
            await host.GetAsync($"/no/such/path/{i}");
            using HttpRequestMessage odd = new(new HttpMethod($"ODD{i}"), "/health");
            await host.SendAsync(odd);
            before = i == 0 ? Read(await PageAsync(host.Client)).Count : before;
        }

        string page = await PageAsync(host.Client);
        Dictionary<string, double> samples = Read(page);
        Assert.Equal(300, samples["encode_http_requests_total{method=\"GET\",route=\"/jobs/{id}\",code=\"404\"}"]);
        Assert.Equal(300, samples["encode_http_requests_total{method=\"GET\",route=\"unmatched\",code=\"404\"}"]);
        Assert.Equal(300, samples["encode_http_requests_total{method=\"other\",route=\"unmatched\",code=\"405\"}"]);
        Assert.Equal(300, samples["encode_http_request_duration_seconds_count{method=\"GET\",route=\"/jobs/{id}\"}"]);
        Assert.Equal(1, samples["encode_http_requests_in_flight"]);
        Assert.InRange(samples.Count - before, 0, 40);
        Assert.DoesNotContain("such", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("the-key-that-submits", 403)]
    [InlineData("the-key-of-an-agent", 403)]
    [InlineData("the-key-that-reads", 200)]
    public async Task It_takes_a_key_that_may_read(string? key, int status)
    {
        using TempFolder folder = new();
        await File.WriteAllTextAsync(folder.Combine("keys"), "the-key-that-submits scopes=submit\nthe-key-of-an-agent scopes=agent\nthe-key-that-reads scopes=read\n");
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKeyFile = folder.Combine("keys") });
        using HttpRequestMessage request = new(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using HttpResponseMessage response = await host.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200, (await response.Content.ReadAsStringAsync()).Contains("encode_build_info{version=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_the_health_port_it_takes_none()
    {
        int port = LoopbackServer.FreePort();
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKey = "correct-horse-battery-staple", HealthPort = port });
        using HttpClient monitor = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Assert.Equal(1, Read(await PageAsync(monitor))["encode_database_up"]);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_takes_only_its_own_metrics_away()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Store.Dispose();
        Dictionary<string, double> page = Read(await PageAsync(host.Client));
        Assert.Equal((0, 1), (page["encode_database_up"], page["encode_broker_up"]));
        Assert.DoesNotContain(page.Keys, name => name.StartsWith("encode_jobs", StringComparison.Ordinal));
    }

    // One job that completes, one that fails, one that waits.
    private static async Task WorkAsync(EncodeStore store)
    {
        JobRow good = await Samples.ClaimedAsync(store, Samples.Job(output: "file:/out/a.mp4"));
        await store.TakeResultAsync(Samples.NodeA, Samples.Success(good, Samples.HashOf('1')));
        await store.TakePublishedAsync(Samples.NodeA, new Contracts.Messages.PublishedMessage(good.Key!, null));
        JobRow bad = await Samples.ClaimedAsync(store, Samples.Job(output: "file:/out/b.mp4"));
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(bad, ErrorClass.Input));
        await store.SubmitAsync(Samples.Job() with { Queue = JobQueue.Live });
    }

    private static async Task<string> PageAsync(HttpClient client)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(ExpositionWriter.ContentType, response.Content.Headers.ContentType!.ToString());
        return await response.Content.ReadAsStringAsync();
    }

    private static Dictionary<string, double> Read(string page) => page.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
