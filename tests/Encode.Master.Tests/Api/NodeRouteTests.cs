using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Messaging;

namespace Encode.Master.Tests.Api;

/// <summary>Registration, reconciliation, and what a node token opens.</summary>
public sealed class NodeRouteTests
{
    private static readonly NodeCapabilities Capabilities = new() { Version = "1", FFmpegVersion = "7.1.5", Cpu = "test", Threads = 2, MemoryBytes = 1, Encoders = [], Decoders = [] };

    [Fact]
    public async Task A_node_that_proves_its_key_gets_everything_it_needs()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        RegisterReply reply = await RegisterAsync(host, key, "one");
        Assert.Equal(key.NodeId, reply.NodeId);
        Assert.Equal($"jwt of {key.NodeId}", reply.UserJwt);
        Assert.Equal((4222, false, 30.0), (reply.BrokerPort, reply.BrokerTls, reply.LeaseSeconds));
        (_, JsonNode? nodes) = await host.GetAsync("/nodes");
        Assert.Equal(key.NodeId, (string)nodes!["nodes"]![0]!["id"]!);
        (_, JsonNode? node) = await host.GetAsync($"/nodes/{key.NodeId}");
        Assert.Equal("online", (string)node!["state"]!);
        Assert.DoesNotContain(reply.NodeToken!, host.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_of_another_key_or_an_old_nonce_is_refused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        using NodeKey other = NodeKey.Create();
        string nonce = await NonceAsync(host, key, "one");
        ApiHost.AssertProblem(403, await SendAsync(host, Request(key, "one") with { Nonce = nonce, Signature = other.Sign(nonce) }));
        ApiHost.AssertProblem(403, await SendAsync(host, Request(key, "one") with { Nonce = nonce, Signature = key.Sign(nonce) }));
        ApiHost.AssertProblem(403, await SendAsync(host, Request(key, "one") with { Nonce = "mine", Signature = key.Sign("mine") }));
    }

    [Fact]
    public async Task A_name_that_a_live_node_has_is_refused_to_another_key()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey first = NodeKey.Create();
        using NodeKey second = NodeKey.Create();
        await RegisterAsync(host, first, "one");
        string nonce = await NonceAsync(host, second, "one");
        Assert.Contains("--name", ApiHost.AssertProblem(409, await SendAsync(host, Request(second, "one") with { Nonce = nonce, Signature = second.Sign(nonce) })), StringComparison.Ordinal);
        await RegisterAsync(host, first, "one");
    }

    [Fact]
    public async Task A_registration_that_says_what_cannot_be_lists_every_problem()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        RegisterRequest bad = Request(key, "a b") with { PublicKey = "me", Slots = 0, HeartbeatSeconds = 0, MediaRoots = ["here"] };
        (HttpResponseMessage Response, JsonNode? Body) answer = await SendAsync(host, bad);
        ApiHost.AssertProblem(400, answer);
        Assert.Equal(["heartbeat_seconds", "media_roots", "name", "public_key", "slots"], answer.Body!["errors"]!.AsArray().Select(error => (string)error!["path"]!).Order());
        foreach (string body in new[] { "{}", "[]", "hello", """{"slots":"many"}""" })
        {
            string detail = ApiHost.AssertProblem(400, await host.PostAsync("/nodes/register", body));
            Assert.DoesNotContain("System.", detail, StringComparison.Ordinal);
            Assert.DoesNotContain("Encode.", detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"encoders\":[]", "\"encoders\":[null]", "capabilities")]
    [InlineData("\"decoders\":[]", "\"decoders\":[null]", "capabilities")]
    [InlineData("\"media_roots\":[]", "\"media_roots\":[null]", "media_roots")]
    public async Task A_registration_with_null_in_a_list_is_refused(string good, string bad, string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        string request = JsonSerializer.Serialize(Request(key, "one"), ContractsJson.Default.RegisterRequest);
        Assert.Contains(good, request, StringComparison.Ordinal);
        (HttpResponseMessage Response, JsonNode? Body) answer = await host.PostAsync("/nodes/register", request.Replace(good, bad, StringComparison.Ordinal));
        ApiHost.AssertProblem(400, answer);
        Assert.Equal(path, (string)answer.Body!["errors"]![0]!["path"]!);
    }

    [Theory]
    [InlineData("\"slots_total\":1", "\"slots_total\":-1")]
    [InlineData("\"slots_free\":1", "\"slots_free\":2")]
    [InlineData("\"held\":[]", "\"held\":[null]")]
    public async Task A_heartbeat_that_cannot_be_is_refused(string good, string bad)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        RegisterReply reply = await RegisterAsync(host, key, "one");
        string heartbeat = JsonSerializer.Serialize(new Heartbeat { Incarnation = "a", Sequence = 1, SlotsTotal = 1, SlotsFree = 1, Held = [] }, ContractsJson.Default.Heartbeat);
        ApiHost.AssertProblem(400, await host.SendAsync(As(reply, ApiHost.Json($"/nodes/{key.NodeId}/reconcile", heartbeat.Replace(good, bad, StringComparison.Ordinal)))));
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(As(reply, ApiHost.Json($"/nodes/{key.NodeId}/reconcile", heartbeat)))).Response.StatusCode);
    }

    [Fact]
    public async Task A_node_reconciles_itself_and_nobody_else_does()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        using NodeKey other = NodeKey.Create();
        RegisterReply reply = await RegisterAsync(host, key, "one");
        await RegisterAsync(host, other, "two");
        string heartbeat = JsonSerializer.Serialize(new Heartbeat { Incarnation = "a", Sequence = 1, SlotsTotal = 1, SlotsFree = 1, Held = [] }, ContractsJson.Default.Heartbeat);
        (HttpResponseMessage own, JsonNode? body) = await host.SendAsync(As(reply, ApiHost.Json($"/nodes/{key.NodeId}/reconcile", heartbeat)));
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal(30.0, (double)body!["lease_seconds"]!);
        ApiHost.AssertProblem(403, await host.SendAsync(As(reply, ApiHost.Json($"/nodes/{other.NodeId}/reconcile", heartbeat))));
        ApiHost.AssertProblem(403, await host.PostAsync($"/nodes/{key.NodeId}/reconcile", heartbeat));
    }

    [Fact]
    public async Task A_node_token_opens_no_other_door()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        RegisterReply reply = await RegisterAsync(host, key, "one");
        await host.Client.PutAsync(new Uri("/files/in.mov", UriKind.Relative), new ByteArrayContent(new byte[10]));
        foreach ((HttpMethod method, string path) in new[] { (HttpMethod.Get, "/jobs"), (HttpMethod.Get, "/nodes"), (HttpMethod.Get, "/files"), (HttpMethod.Get, "/files/in.mov"), (HttpMethod.Delete, "/files/in.mov"), (HttpMethod.Put, "/files/x") })
        {
            ApiHost.AssertProblem(403, await host.SendAsync(As(reply, new HttpRequestMessage(method, path))));
        }

        // A new registration replaces the token.
        await RegisterAsync(host, key, "one");
        ApiHost.AssertProblem(401, await host.SendAsync(As(reply, new HttpRequestMessage(HttpMethod.Get, "/files/in.mov"))));
    }

    [Fact]
    public async Task An_output_is_staged_by_the_lease_that_holds_the_attempt_and_by_no_other()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        RegisterReply node = await RegisterAsync(host, key, "one");
        await host.PostAsync("/jobs", """{"scenario":"360p-h264","outputs":[{"url":"upload:out.mp4"},{"url":"upload:show/"}]}""");
        AttemptKey attempt = (await host.Store.ClaimAsync((await host.Store.GetJobAsync("1"))!.Id, key.NodeId, TimeSpan.FromMinutes(5)))!.Key!;
        byte[] content = RandomNumberGenerator.GetBytes(100_000);

        ApiHost.AssertProblem(409, await host.SendAsync(Stage(node, attempt with { Token = new string('0', 32) }, "out.mp4", content)));
        ApiHost.AssertProblem(409, await host.SendAsync(Stage(node, attempt with { Attempt = 2 }, "out.mp4", content)));
        ApiHost.AssertProblem(403, await host.SendAsync(Stage(node, attempt, "other.mp4", content)));
        ApiHost.AssertProblem(403, await host.SendAsync(Stage(node, attempt, "show/other.mp4", content)));
        Assert.Equal(HttpStatusCode.Created, (await host.SendAsync(Stage(node, attempt, "show/v0.mp4", [1, 2, 3]))).Response.StatusCode);
        (HttpResponseMessage staged, JsonNode? file) = await host.SendAsync(Stage(node, attempt, "out.mp4", content));
        Assert.Equal(HttpStatusCode.Created, staged.StatusCode);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), (string)file!["sha256"]!);

        // Nothing stands under the name before the result is accepted.
        ApiHost.AssertProblem(404, await host.GetAsync("/files/out.mp4"));
        ApiHost.AssertProblem(404, await host.GetAsync("/files/show/v0.mp4"));
        string[] contents = Directory.GetFiles(Path.Combine(host.Content.Root, "content"));
        Assert.Equal(2, contents.Length);
        Assert.True(await host.Store.IsContentKnownAsync(Path.GetFileName(contents[0])));
    }

    [Fact]
    public async Task A_removed_node_is_let_in_no_more_and_told_how_it_would_be()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        RegisterReply reply = await RegisterAsync(host, key, "one");
        (HttpResponseMessage removed, _) = await host.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/nodes/{key.NodeId}"));
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal([key.PublicKey], host.Broker.Revoked.Distinct());
        ApiHost.AssertProblem(404, await host.GetAsync($"/nodes/{key.NodeId}"));
        (HttpResponseMessage again, _) = await host.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/nodes/{key.NodeId}"));
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        ApiHost.AssertProblem(404, await host.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/nodes/nobody")));
        ApiHost.AssertProblem(401, await host.SendAsync(As(reply, ApiHost.Json($"/nodes/{key.NodeId}/reconcile", "{}"))));
        string nonce = await NonceAsync(host, key, "one");
        Assert.Contains("delete node.nk", ApiHost.AssertProblem(403, await SendAsync(host, Request(key, "one") with { Nonce = nonce, Signature = key.Sign(nonce) })), StringComparison.Ordinal);
        using NodeKey other = NodeKey.Create();
        await RegisterAsync(host, other, "one");
    }

    [Fact]
    public async Task A_node_whose_user_cannot_be_revoked_is_not_removed()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        await RegisterAsync(host, key, "one");
        host.Broker.RevokeProblem = "write 'revocations.json': No space left on device";
        Assert.Contains("No space left", ApiHost.AssertProblem(503, await host.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/nodes/{key.NodeId}"))), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync($"/nodes/{key.NodeId}")).Response.StatusCode);
    }

    [Fact]
    public async Task A_registration_whose_answer_was_lost_is_repeated_with_the_same_key()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        RegisterReply lost = await RegisterAsync(host, key, "one");
        RegisterReply again = await RegisterAsync(host, key, "one");
        Assert.Equal(lost.NodeId, again.NodeId);
        Assert.NotEqual(lost.NodeToken, again.NodeToken);
        Assert.Equal(1, (int)(await host.GetAsync("/nodes")).Body!["count"]!);
    }

    [Fact]
    public async Task A_node_that_wants_another_JWT_gets_it_when_it_reconciles_and_is_told_of_every_URL_of_a_cluster_when_it_registers()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Broker.Urls = ["tls://a:4222", "tls://b:4222"];
        using NodeKey key = NodeKey.Create();
        RegisterReply reply = await RegisterAsync(host, key, "one");
        Assert.Equal(host.Broker.Urls, reply.BrokerUrls);
        Heartbeat heartbeat = new() { Incarnation = "a", Sequence = 1, SlotsTotal = 1, SlotsFree = 1, Held = [] };
        Assert.Null(await JwtAsync(heartbeat));
        Assert.Equal($"jwt of {key.NodeId}", await JwtAsync(heartbeat with { Sequence = 2, WantsUserJwt = true }));

        async Task<string?> JwtAsync(Heartbeat sent)
        {
            string body = JsonSerializer.Serialize(sent, ContractsJson.Default.Heartbeat);
            (HttpResponseMessage response, JsonNode? answer) = await host.SendAsync(As(reply, ApiHost.Json($"/nodes/{key.NodeId}/reconcile", body)));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return (string?)answer!["user_jwt"];
        }
    }

    [Fact]
    public async Task A_node_is_drained_and_undrained()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        await RegisterAsync(host, key, "one");
        foreach ((string verb, string state) in new[] { ("drain", "draining"), ("undrain", "online") })
        {
            (HttpResponseMessage response, JsonNode? node) = await host.PostAsync($"/nodes/{key.NodeId}/{verb}", "");
            Assert.Equal((HttpStatusCode.OK, state), (response.StatusCode, (string)node!["state"]!));
        }

        ApiHost.AssertProblem(404, await host.PostAsync("/nodes/nobody/drain", ""));
    }

    [Fact]
    public async Task While_the_broker_is_down_a_node_is_told_to_come_again()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using NodeKey key = NodeKey.Create();
        host.Broker.IsUp = false;
        string nonce = await NonceAsync(host, key, "one");
        ApiHost.AssertProblem(503, await SendAsync(host, Request(key, "one") with { Nonce = nonce, Signature = key.Sign(nonce) }));
    }

    private static RegisterRequest Request(NodeKey key, string name) =>
        new() { Name = name, PublicKey = key.PublicKey, Capabilities = Capabilities, Slots = 1, HeartbeatSeconds = 1 };

    private static Task<(HttpResponseMessage Response, JsonNode? Body)> SendAsync(ApiHost host, RegisterRequest request) =>
        host.PostAsync("/nodes/register", JsonSerializer.Serialize(request, ContractsJson.Default.RegisterRequest));

    private static async Task<string> NonceAsync(ApiHost host, NodeKey key, string name)
    {
        (HttpResponseMessage response, JsonNode? body) = await SendAsync(host, Request(key, name));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (string)body!["nonce"]!;
    }

    private static async Task<RegisterReply> RegisterAsync(ApiHost host, NodeKey key, string name)
    {
        string nonce = await NonceAsync(host, key, name);
        (HttpResponseMessage response, JsonNode? body) = await SendAsync(host, Request(key, name) with { Nonce = nonce, Signature = key.Sign(nonce) });
        Assert.True(response.StatusCode == HttpStatusCode.OK, body?.ToJsonString());
        return body.Deserialize(ContractsJson.Default.RegisterReply)!;
    }

    private static HttpRequestMessage As(RegisterReply node, HttpRequestMessage request)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", node.NodeToken);
        return request;
    }

    private static HttpRequestMessage Stage(RegisterReply node, AttemptKey key, string name, byte[] content)
    {
        HttpRequestMessage request = new(HttpMethod.Put, $"/files/{name}?job={key.JobId}&attempt={key.Attempt}") { Content = new ByteArrayContent(content) };
        request.Headers.Add("Encode-Lease", key.Token);
        return As(node, request);
    }
}
