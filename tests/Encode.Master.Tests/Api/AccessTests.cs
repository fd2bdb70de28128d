using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Encode.Master.Api.Access;
using Encode.Master.Configuration;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Master.Tests.Api;

/// <summary>Who may do what, with keys and without.</summary>
public sealed class AccessTests
{
    private const string Key = "correct-horse-battery-staple";

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong-horse-battery-staple")]
    [InlineData("Bearer ")]
    [InlineData("Basic YTpi")]
    public async Task Without_the_right_key_everything_but_health_is_401(string? authorization)
    {
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKey = Key });
        foreach (string path in new[] { "/jobs", "/nodes", "/files/a", "/scenarios", "/nothing" })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            (HttpResponseMessage Response, JsonNode? Body) answer = await host.SendAsync(request);
            ApiHost.AssertProblem(401, answer);
            Assert.Equal("Bearer", answer.Response.Headers.WwwAuthenticate.Single().Scheme);
        }

        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/health")).Response.StatusCode);
        Assert.DoesNotContain("wrong-horse", host.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_called_one()
    {
        using TempFolder folder = new();
        KeyRingException keys = Assert.Throws<KeyRingException>(() => KeyRing.Load(new MasterOptions { ApiKeyFile = folder.Path }));
        Assert.Contains("this is a folder", keys.Message, StringComparison.Ordinal);
        MessagingException pair = Assert.Throws<MessagingException>(() => CertificateWithKey.Load(folder.Path, folder.Path));
        Assert.Contains("this is a folder", pair.Message, StringComparison.Ordinal);
        KeyRingException absent = Assert.Throws<KeyRingException>(() => KeyRing.Load(new MasterOptions { ApiKeyFile = folder.Combine("keys") }));
        Assert.Contains("there is no such file", absent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_key_the_rules_for_masters_without_keys_do_not_apply()
    {
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKey = Key });
        using HttpRequestMessage request = new(HttpMethod.Post, "/jobs") { Content = new StringContent("""{"scenario":"4K60-h264"}""", MediaTypeHeaderValue.Parse("text/plain")) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        request.Headers.Host = "proxy.example";
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        Assert.Equal(HttpStatusCode.Created, (await host.SendAsync(request)).Response.StatusCode);
    }

    [Fact]
    public async Task Idempotency_keys_belong_to_the_API_key_and_not_to_its_name()
    {
        using TempFolder folder = new();
        string file = folder.Combine("keys");
        await File.WriteAllTextAsync(file, $"{Key} name=someone\nanother-{Key} name=someone\n");
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKeyFile = file });
        List<string> ids = [];
        foreach (string key in new[] { Key, $"another-{Key}", Key })
        {
            using HttpRequestMessage request = ApiHost.Json("/jobs", """{"scenario":"4K60-h264"}""");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            request.Headers.Add("Idempotency-Key", "one");
            ids.Add((string)(await host.SendAsync(request)).Body!["id"]!);
        }

        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal(ids[0], ids[2]);
    }

    [Theory]
    [InlineData("read", 200, 403)]
    [InlineData("submit", 200, 201)]
    [InlineData("agent", 403, 403)]
    public async Task A_key_may_do_what_its_scopes_say(string scopes, int get, int post)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"# keys of the farm\n\nsha256:{Convert.ToHexString(KeyRing.Hash(Key))} name=someone scopes={scopes}\n");
            await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKeyFile = file });
            host.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            Assert.Equal(get, (int)(await host.GetAsync("/jobs")).Response.StatusCode);
            Assert.Equal(post, (int)(await host.PostAsync("/jobs", """{"scenario":"4K60-h264"}""")).Response.StatusCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("Host", "evil.example", "Host")]
    [InlineData("Origin", "http://evil.example", "Origin")]
    [InlineData("Origin", "null", "Origin")]
    [InlineData("X-Forwarded-For", "10.0.0.1", "X-Forwarded-For")]
    [InlineData("Forwarded", "for=10.0.0.1", "Forwarded")]
    [InlineData("Via", "1.1 proxy", "Via")]
    public async Task Without_keys_a_request_from_elsewhere_is_403(string header, string value, string says)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/jobs");
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Contains(says, ApiHost.AssertProblem(403, await host.SendAsync(request)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("192.168.7.7:8080")]
    [InlineData("[::1]:8080")]
    [InlineData("farm.example")]
    public async Task Without_keys_addresses_and_own_names_are_served(string name)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/jobs");
        request.Headers.Host = name;
        request.Headers.TryAddWithoutValidation("Origin", $"http://{name}");
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(request)).Response.StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Without_keys_a_body_must_say_that_it_is_JSON(string type)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/jobs") { Content = new StringContent("{}", MediaTypeHeaderValue.Parse(type)) };
        Assert.Contains("application/json", ApiHost.AssertProblem(415, await host.SendAsync(request)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("192.168.0.1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("2001:db8::1", false)]
    public void Near_is_loopback_private_and_link_local(string address, bool near) => Assert.Equal(near, NearRules.IsNear(IPAddress.Parse(address)));

    [Theory]
    [InlineData("short", "line 1")]
    [InlineData("long-enough-to-be-a-key scopes=root", "scopes are")]
    [InlineData("long-enough-to-be-a-key colour=red", "neither name")]
    [InlineData("sha256:abc", "64 hexadecimal")]
    [InlineData("# nothing", "no key")]
    public void A_key_file_that_cannot_be_right_is_refused_without_repeating_it(string line, string says)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, line);
            string message = Assert.Throws<KeyRingException>(() => KeyRing.Load(new MasterOptions { ApiKeyFile = file })).Message;
            Assert.Contains(says, message, StringComparison.Ordinal);
            Assert.DoesNotContain("long-enough", message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
