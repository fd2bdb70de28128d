using System.Net;
using System.Text.Json.Nodes;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Api;

/// <summary>Submitting, looking at and canceling jobs over HTTP.</summary>
public sealed class JobRouteTests
{
    private const string Least = """{"scenario":"4K60-h264"}""";

    [Fact]
    public async Task A_job_of_one_key_is_created_and_found_by_id_and_by_number()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (HttpResponseMessage created, JsonNode? job) = await host.PostAsync("/jobs", Least);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        string id = (string)job!["id"]!;
        Assert.Equal($"/jobs/{id}", created.Headers.Location!.ToString());
        Assert.Equal("queued", (string)job["status"]!);
        Assert.Equal($"upload:{id}.mp4", (string)job["outputs"]![0]!["url"]!);
        Assert.EndsWith("Z", (string)job["created_at"]!, StringComparison.Ordinal);

        (_, JsonNode? byId) = await host.GetAsync($"/jobs/{id}");
        (_, JsonNode? byNumber) = await host.GetAsync($"/jobs/{job["sequence"]}");
        Assert.Equal(id, (string)byId!["id"]!);
        Assert.Equal(id, (string)byNumber!["id"]!);
    }

    [Fact]
    public async Task A_job_shows_each_of_its_outputs_with_what_is_in_it()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (HttpResponseMessage created, JsonNode? job) = await host.PostAsync("/jobs", """
            {"scenario":"ladder-720p-h264","outputs":[{},{"url":"file:/out/top.mkv","video":["v720"],"audio":[],"if_exists":"replace"}]}
            """);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(
            $$"""
            [{"url":"upload:{{job!["id"]}}/","container":"cmaf","if_exists":"fail","video":["v720","v480","v360"],"audio":["a0"]},{"url":"file:/out/top.mkv","container":"mkv","if_exists":"replace","video":["v720"],"audio":[]}]
            """,
            job["outputs"]!.ToJsonString());
    }

    [Fact]
    public async Task A_job_has_a_smaller_bound_than_what_nodes_send()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        ApiHost.AssertProblem(413, await host.PostAsync("/jobs", Least + new string(' ', JobLimits.BodyBytes)));
        ApiHost.AssertProblem(400, await host.PostAsync("/nodes/register", "{}" + new string(' ', JobLimits.BodyBytes)));
    }

    [Fact]
    public async Task The_same_idempotency_key_replays_the_job_and_refuses_another_body()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (HttpResponseMessage first, JsonNode? job) = await SubmitAsync(host, Least, "k1");
        (HttpResponseMessage again, JsonNode? same) = await SubmitAsync(host, Least, "k1");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        Assert.Equal((string)job!["id"]!, (string)same!["id"]!);

        string detail = ApiHost.AssertProblem(409, await SubmitAsync(host, """{"scenario":"720p-h264"}""", "k1"));
        Assert.Contains("Idempotency-Key", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_problem_of_a_body_is_listed_at_once()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (HttpResponseMessage Response, JsonNode? Body) answer = await host.PostAsync("/jobs", """{"scenario":"8K-h264","colour":1,"priority":"urgent","deadline":"soon"}""");
        ApiHost.AssertProblem(400, answer);
        string[] paths = [.. answer.Body!["errors"]!.AsArray().Select(error => (string)error!["path"]!)];
        Assert.Equal(["colour", "deadline", "priority", "scenario"], paths.Order());
    }

    [Theory]
    [InlineData("hello", "not JSON")]
    [InlineData("", "empty")]
    [InlineData("[]", "object")]
    [InlineData("""{"scenario":"8K-h264"}""", "4K 1440p")]
    [InlineData("""{"scenario":"4K60-h264","input":{"url":"upload:nobody.mov"}}""", "PUT /files/nobody.mov")]
    [InlineData("""{"scenario":"4K60-h264","deadline":"soon"}""", "not supported yet")]
    public async Task A_bad_body_is_refused_with_one_sentence(string body, string says)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Assert.Contains(says, ApiHost.AssertProblem(400, await host.PostAsync("/jobs", body)), StringComparison.Ordinal);
        (_, JsonNode? jobs) = await host.GetAsync("/jobs");
        Assert.Equal(0, (int)jobs!["count"]!);
    }

    [Theory]
    [InlineData("""{"scenario":"360p30-h264","output":{"url":"upload:there.mp4"}}""", "output.url")]
    [InlineData("""{"scenario":"360p30-h264","outputs":[{"url":"upload:there.mp4"}]}""", "outputs[0].url")]
    [InlineData("""{"scenario":"360p30-h264","outputs":[{"url":"upload:free.mp4"},{"url":"upload:there.mp4"}]}""", "outputs[1].url")]
    public async Task An_output_whose_name_is_taken_is_refused_before_it_is_encoded(string body, string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using ByteArrayContent content = new([1, 2, 3]);
        await host.Client.PutAsync("/files/there.mp4", content);
        (HttpResponseMessage Response, JsonNode? Body) answer = await host.PostAsync("/jobs", body);
        Assert.Equal(
            "the job cannot be taken: place output 'upload:there.mp4': a file of this name exists; choose another name or set if_exists to replace",
            ApiHost.AssertProblem(400, answer));
        Assert.Equal(path, (string)Assert.Single(answer.Body!["errors"]!.AsArray())!["path"]!);
    }

    [Theory]
    [InlineData("retry")]
    public async Task What_a_later_release_does_says_so_in_one_sentence(string verb)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Assert.Equal($"POST /jobs/ID/{verb} is not supported yet", ApiHost.AssertProblem(501, await host.PostAsync($"/jobs/1/{verb}", "{}")));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task A_job_that_waits_can_be_neither_paused_nor_resumed(string verb)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.PostAsync("/jobs", "{\"scenario\":\"720p-h264\"}");
        Assert.StartsWith($"{verb} job 1: it is queued, and ", ApiHost.AssertProblem(409, await host.PostAsync($"/jobs/1/{verb}", "{}")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_waits_with_a_wish_shows_it_and_a_resume_takes_it_back()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        JobRow job = await Samples.ClaimedAsync(host.Store);
        await host.PostAsync("/jobs/1/pause", "{}");
        await host.Store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Crash));
        (HttpResponseMessage again, JsonNode? shown) = await host.PostAsync("/jobs/1/pause", "{}");
        Assert.Equal((HttpStatusCode.OK, "queued", "pause"), (again.StatusCode, (string)shown!["status"]!, (string)shown["wish"]!));
        (HttpResponseMessage resumed, shown) = await host.PostAsync("/jobs/1/resume", "{}");
        Assert.Equal((HttpStatusCode.OK, "queued", null), (resumed.StatusCode, (string)shown!["status"]!, shown["wish"]));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("cancel")]
    public async Task What_is_refused_of_a_job_names_its_state_as_the_job_does(string verb)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        JobRow job = await Samples.ClaimedAsync(host.Store);
        await host.Store.TakeResultAsync(Samples.NodeA, new ResultMessage(job.Key!, Outcome.TimedOut, null, null, []));
        Assert.StartsWith($"{verb} job 1: it is timed_out, and ", ApiHost.AssertProblem(409, await host.PostAsync($"/jobs/1/{verb}", "{}")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_body_of_10_MB_is_refused_and_its_sender_reads_why(bool chunked, bool asksFirst)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using HttpRequestMessage request = ApiHost.Json("/jobs", new string(' ', 10_000_000));
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = asksFirst;
        Assert.Contains("PUT /files/NAME", ApiHost.AssertProblem(413, await host.SendAsync(request)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_can_be_canceled_twice_and_its_log_says_so()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.PostAsync("/jobs", Least);
        (HttpResponseMessage first, JsonNode? job) = await host.PostAsync("/jobs/1/cancel", "");
        (HttpResponseMessage second, _) = await host.PostAsync("/jobs/1/cancel", "");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal("canceled", (string)job!["status"]!);

        (_, JsonNode? logs) = await host.GetAsync("/jobs/1/logs");
        Assert.NotEmpty(logs!["lines"]!.AsArray());
        using HttpRequestMessage plain = new(HttpMethod.Get, "/jobs/1/logs");
        plain.Headers.Add("Accept", "text/plain");
        HttpResponseMessage text = await host.Client.SendAsync(plain);
        Assert.Equal("text/plain", text.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Pages_of_jobs_follow_each_other_without_gap_or_overlap()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        for (int i = 0; i < 5; i++)
        {
            await host.PostAsync("/jobs", Least);
        }

        List<long> seen = [];
        string path = "/jobs?limit=2";
        while (path.Length > 0)
        {
            (_, JsonNode? page) = await host.GetAsync(path);
            Assert.Equal(5, (int)page!["count"]!);
            seen.AddRange(page["jobs"]!.AsArray().Select(job => (long)job!["sequence"]!));
            path = page["next"] is { } next ? $"/jobs?limit=2&after={next}" : "";
        }

        Assert.Equal([5, 4, 3, 2, 1], seen);
        (_, JsonNode? canceled) = await host.GetAsync("/jobs?status=canceled");
        Assert.Equal(0, (int)canceled!["count"]!);
    }

    [Theory]
    [InlineData("/jobs?status=done")]
    [InlineData("/jobs?limit=0")]
    [InlineData("/jobs?statsu=queued")]
    public async Task A_query_that_says_nothing_known_is_refused(string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        ApiHost.AssertProblem(400, await host.GetAsync(path));
    }

    [Theory]
    [InlineData("GET", "/jobs/1", 404)]
    [InlineData("GET", "/jobs/zebra", 404)]
    [InlineData("GET", "/jobs/0123456789abcdef0123456789abcdef", 404)]
    [InlineData("POST", "/jobs/1/cancel", 404)]
    [InlineData("POST", "/jobs/1/pause", 404)]
    [InlineData("POST", "/jobs/1/resume", 404)]
    [InlineData("GET", "/jobs/1/events", 501)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("PATCH", "/jobs", 405)]
    public async Task What_is_not_there_is_a_problem_too(string method, string path, int status)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        ApiHost.AssertProblem(status, await host.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)));
    }

    [Fact]
    public async Task Scenarios_are_listed_with_what_they_set()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (_, JsonNode? body) = await host.GetAsync("/scenarios");
        JsonNode found = body!["scenarios"]!.AsArray().Single(scenario => (string)scenario!["scenario"]! == "4K60-h264")!;
        Assert.Equal(20_000_000, (long)found["video"]![0]!["bitrate"]!);
    }

    [Fact]
    public async Task Health_is_503_while_the_broker_is_down()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (HttpResponseMessage well, JsonNode? body) = await host.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, well.StatusCode);
        Assert.Equal("ok", (string)body!["status"]!);
        host.Broker.IsUp = false;
        (HttpResponseMessage ill, JsonNode? down) = await host.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ill.StatusCode);
        Assert.Equal("down", (string)down!["broker"]!);
    }

    private static Task<(HttpResponseMessage Response, JsonNode? Body)> SubmitAsync(ApiHost host, string json, string key)
    {
        HttpRequestMessage request = ApiHost.Json("/jobs", json);
        request.Headers.Add("Idempotency-Key", key);
        return host.SendAsync(request);
    }
}
