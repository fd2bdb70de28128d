using System.Net;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Tests.Transfers;

/// <summary>What foreign servers may answer, and where a redirect may lead. The server is a function: https to loopback is not among what it may be.</summary>
public sealed class ForeignServerTests
{
    private static readonly FetchRules Rules = new([]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://10.0.0.1/in.mp4", "10.0.0.1 is not a public address")]
    [InlineData("https://[::1]/in.mp4", "not a public address")]
    [InlineData("http://example.com/in.mp4", "only https URLs")]
    [InlineData("file:///etc/passwd", "only https URLs")]
    public async Task A_redirect_passes_the_rules_of_the_first_url(string location, string said)
    {
        Server server = new(_ => Redirect(location));
        AttemptException error = await FailsAsync(server);
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Redirects_are_followed_five_times()
    {
        Server server = new(url => Redirect($"https://example.com/{url.Segments.Length}/x{url.AbsolutePath}"));
        AttemptException error = await FailsAsync(server);
        Assert.Equal(ErrorClass.Network, error.Class);
        Assert.Contains("more than 5 redirects", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Asked.Count);
    }

    [Fact]
    public async Task A_redirect_leads_to_the_file_and_its_query_is_never_named()
    {
        Server server = new(url => url.Host == "example.com" ? Redirect("https://cdn.example.net/in.mp4?signature=secret") : new HttpResponseMessage(HttpStatusCode.NotFound));
        AttemptException error = await FailsAsync(server);
        Assert.Equal("https://cdn.example.net/in.mp4?signature=secret", server.Asked[1].ToString());
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    public async Task A_url_without_its_credentials_is_an_input_error(HttpStatusCode status)
    {
        AttemptException error = await FailsAsync(new Server(_ => new HttpResponseMessage(status)));
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("credentials", error.Message, StringComparison.Ordinal);
    }

    private static async Task<AttemptException> FailsAsync(Server server)
    {
        using HttpRangeSource source = new(new HttpClient(server), new Uri("https://example.com/in.mp4"), Rules, new TransferLimits(), ownsClient: true);
        return await Assert.ThrowsAsync<AttemptException>(() => source.OpenAsync(0, null, Cancel));
    }

    private static HttpResponseMessage Redirect(string location) =>
        new(HttpStatusCode.Found) { Headers = { Location = new Uri(location) } };

    private sealed class Server(Func<Uri, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<Uri> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!);
            return Task.FromResult(answer(request.RequestUri!));
        }
    }
}
