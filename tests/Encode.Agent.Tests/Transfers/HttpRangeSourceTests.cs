using System.Globalization;
using System.Net;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.TestKit;

namespace Encode.Agent.Tests.Transfers;

/// <summary>Requests as a server on loopback sees them, and what becomes of its answers.</summary>
public sealed class HttpRangeSourceTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200).Select(value => (byte)value)];

    private readonly HttpListener _server;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly Uri _url;

    public HttpRangeSourceTests()
    {
        _server = LoopbackServer.Listen(out int port);
        _url = new Uri($"http://127.0.0.1:{port}/in.mp4");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Close();
        _http.Dispose();
    }

    [Fact]
    public async Task A_range_is_asked_for_and_read_from_where_it_begins()
    {
        Task<HttpListenerRequest> asked = AnswerAsync(206, response =>
        {
            response.Headers["Content-Range"] = $"bytes 150-199/{Content.Length}";
            response.Headers["ETag"] = "\"v1\"";
            response.OutputStream.Write(Content.AsSpan(150));
        });
        await using RangeAnswer answer = await OpenAsync(150, "\"v1\"");
        HttpListenerRequest request = await asked;

        Assert.Equal("bytes=150-", request.Headers["Range"]);
        Assert.Equal("\"v1\"", request.Headers["If-Range"]);
        Assert.Equal("identity", request.Headers["Accept-Encoding"]);
        Assert.Equal((150L, 200L, true, "\"v1\""), (answer.Offset, answer.Length!.Value, answer.Ranged, answer.Validator));
        Assert.Equal(Content[150..], await ReadAsync(answer));
    }

    [Fact]
    public async Task A_server_without_ranges_is_read_from_its_start()
    {
        Task<HttpListenerRequest> asked = AnswerAsync(200, response =>
        {
            response.ContentLength64 = Content.Length;
            response.OutputStream.Write(Content);
        });
        await using RangeAnswer answer = await OpenAsync(0, null);
        await asked;
        Assert.Equal((0L, 200L, false), (answer.Offset, answer.Length!.Value, answer.Ranged));
        Assert.Equal(Content, await ReadAsync(answer));
    }

    [Fact]
    public async Task An_empty_file_has_no_range_and_no_bytes()
    {
        Task<HttpListenerRequest> asked = AnswerAsync(416, _ => { });
        await using RangeAnswer answer = await OpenAsync(0, null);
        await asked;
        Assert.Equal(0, answer.Length);
    }

    [Fact]
    public async Task A_file_that_became_shorter_has_changed()
    {
        Task<HttpListenerRequest> asked = AnswerAsync(416, _ => { });
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => OpenAsync(150, "\"v1\""));
        await asked;
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("the file changed while it was read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sat, 28 Nov 2026 12:00:00 GMT", "Sat, 28 Nov 2026 12:00:05 GMT", null, "Sat, 28 Nov 2026 12:00:00 GMT")]
    [InlineData("Sat, 28 Nov 2026 12:00:00 GMT", "Sat, 28 Nov 2026 12:00:01 GMT", null, null)]
    [InlineData("Sat, 28 Nov 2026 12:00:00 GMT", "Sat, 28 Nov 2026 12:00:00 GMT", "\"v1\"", "\"v1\"")]
    [InlineData("Sat, 28 Nov 2026 12:00:00 GMT", "Sat, 28 Nov 2026 12:00:00 GMT", "W/\"v1\"", null)]
    public async Task A_date_of_this_moment_tells_no_versions_apart(string modified, string date, string? tag, string? version)
    {
        Task<HttpListenerRequest> asked = AnswerAsync(200, response =>
        {
            response.Headers["Last-Modified"] = modified;
            response.Headers["Date"] = date;
            if (tag is not null)
            {
                response.Headers["ETag"] = tag;
            }
        });
        await using RangeAnswer answer = await OpenAsync(0, null);
        await asked;
        Assert.Equal(version, answer.Version);
    }

    [Theory]
    [InlineData(404, ErrorClass.Input)]
    [InlineData(410, ErrorClass.Input)]
    [InlineData(418, ErrorClass.Network)]
    [InlineData(302, ErrorClass.Network)]
    public async Task A_refusal_is_final_and_names_the_status(int status, ErrorClass errorClass)
    {
        Task<HttpListenerRequest> asked = AnswerAsync(status, _ => { });
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => OpenAsync(0, null));
        await asked;
        Assert.Equal(errorClass, error.Class);
        Assert.Contains(status == 302 ? "redirect" : status.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_without_the_length_of_the_whole_is_refused()
    {
        Task<HttpListenerRequest> asked = AnswerAsync(206, response => response.AddHeader("Content-Range", "bytes 0-99/*"));
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => OpenAsync(0, null));
        await asked;
        Assert.Equal(ErrorClass.Input, error.Class);
        Assert.Contains("does not say how long the file is", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_fault_that_may_pass_is_tried_again_by_the_caller(int status)
    {
        Task<HttpListenerRequest> asked = AnswerAsync(status, _ => { });
        await Assert.ThrowsAsync<HttpRequestException>(() => OpenAsync(0, null));
        await asked;
    }

    private async Task<HttpListenerRequest> AnswerAsync(int status, Action<HttpListenerResponse> answer)
    {
        HttpListenerContext context = await _server.GetContextAsync();
        context.Response.StatusCode = status;
        answer(context.Response);
        context.Response.Close();
        return context.Request;
    }

    private async Task<RangeAnswer> OpenAsync(long offset, string? ifRange)
    {
        using HttpRangeSource source = new(_http, _url, null, new TransferLimits(), ownsClient: false);
        return await source.OpenAsync(offset, ifRange, Cancel);
    }

    private static async Task<byte[]> ReadAsync(RangeAnswer answer)
    {
        using MemoryStream read = new();
        await answer.Body.CopyToAsync(read, Cancel);
        return read.ToArray();
    }
}
