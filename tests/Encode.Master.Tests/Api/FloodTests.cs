using System.Net;
using Encode.TestKit;

namespace Encode.Master.Tests.Api;

/// <summary>Too much of anything gets one clear answer, or a closed connection, and the next request is served.</summary>
public sealed class FloodTests
{
    private const string Start = "GET /health HTTP/1.1\r\nHost: localhost\r\n";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("431", "one long header")]
    [InlineData("431", "many headers")]
    [InlineData("414", "a long path")]
    [InlineData("400", "no HTTP at all")]
    public async Task A_head_that_is_too_much_is_refused(string status, string kind)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using SlowClient client = await SlowClient.ConnectAsync(host.Address.Port, kind switch
        {
            "one long header" => $"{Start}X-Long: {new string('x', 40_000)}\r\n\r\n",
            "many headers" => $"{Start}{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: y\r\n"))}\r\n",
            "a long path" => $"GET /{new string('x', 9_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            _ => "\u0001\u0002\u0003\r\n\r\n",
        });
        await client.Closed.WaitAsync(Limit);
        Assert.StartsWith($"HTTP/1.1 {status} ", client.Answer, StringComparison.Ordinal);
        await AssertServesAsync(host);
    }

    [Fact]
    public async Task Headers_without_end_are_cut_off_after_a_few_kilobytes()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using SlowClient client = await SlowClient.ConnectAsync(host.Address.Port, Start);
        string more = string.Concat(Enumerable.Repeat($"X-More: {new string('x', 1000)}\r\n", 64));
        int sent = 0;
        while (sent < 1000 && !client.Closed.IsCompleted && await client.SendAsync(more))
        {
            sent++;
        }

        await client.Closed.WaitAsync(Limit);
        Assert.InRange(sent, 1, 999);
        await AssertServesAsync(host);
    }

    [Theory]
    [InlineData("/jobs", "Content-Length: 5000000000")]
    [InlineData("/jobs", "Transfer-Encoding: chunked")]
    [InlineData("/nodes/register", "Transfer-Encoding: chunked")]
    public async Task A_body_without_end_is_refused_with_413_and_a_sentence(string path, string length)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using SlowClient client = await SlowClient.ConnectAsync(host.Address.Port, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n");
        string megabyte = new('x', 1 << 20);
        string part = length.EndsWith("chunked", StringComparison.Ordinal) ? $"{megabyte.Length:x}\r\n{megabyte}\r\n" : megabyte;
        for (int i = 0; i < 200 && !client.Closed.IsCompleted && await client.SendAsync(part); i++)
        {
            // A client that does not listen while it speaks.
        }

        await Eventually.IsTrueAsync("the answer", Limit, () => client.Answer.Contains("media goes to PUT", StringComparison.Ordinal) || client.Answer.Contains("413", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 413", client.Answer, StringComparison.Ordinal);
        await client.Closed.WaitAsync(Limit);
        await AssertServesAsync(host);
    }

    private static async Task AssertServesAsync(ApiHost host)
    {
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/health")).Response.StatusCode);
        Assert.DoesNotContain(" error ", host.Log.ToString(), StringComparison.Ordinal);
    }
}
