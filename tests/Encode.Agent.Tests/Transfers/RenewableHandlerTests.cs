using System.Net;
using System.Net.Sockets;
using System.Text;
using Encode.Agent.Tests.Farm;
using Encode.Agent.Transfers;

namespace Encode.Agent.Tests.Transfers;

/// <summary>Handlers that follow one another while requests run.</summary>
public sealed class RenewableHandlerTests : IAsyncLifetime
{
    /// <summary>Less than an idle connection is kept for by itself (a minute).</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly RenewableHandler _handler = new(new SocketsHttpHandler());
    private readonly HttpClient _http;

    public RenewableHandlerTests()
    {
        _server.Start();
        _http = new HttpClient(_handler) { BaseAddress = new Uri($"http://{_server.LocalEndpoint}") };
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_handler_that_nothing_runs_on_goes_with_its_connections_when_another_follows()
    {
        Task<string> answer = _http.GetStringAsync("/", Cancel);
        using TcpClient peer = await AcceptAsync();
        await SendAsync(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.Equal("ok", await answer.WaitAsync(FakeMaster.Deadline, Cancel));
        _handler.Use(new SocketsHttpHandler());
        Assert.Equal(1, _handler.Kept);
        await ClosedAsync(peer);
    }

    [Fact]
    public async Task A_request_that_waits_for_its_answer_gets_it_from_a_handler_that_is_not_the_newest_any_more()
    {
        Task<string> answer = _http.GetStringAsync("/", Cancel);
        using TcpClient peer = await AcceptAsync();
        for (int i = 0; i < 10; i++)
        {
            _handler.Use(new SocketsHttpHandler());
        }

        Assert.Equal(2, _handler.Kept);
        await SendAsync(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.Equal("ok", await answer.WaitAsync(FakeMaster.Deadline, Cancel));
        await ClosedAsync(peer);
        Assert.Equal(1, _handler.Kept);
    }

    [Fact]
    public async Task A_body_that_is_being_read_outlives_the_handler_that_it_came_through()
    {
        Task<HttpResponseMessage> answer = _http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using TcpClient peer = await AcceptAsync();
        await SendAsync(peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
        using HttpResponseMessage response = await answer.WaitAsync(FakeMaster.Deadline, Cancel);
        _handler.Use(new SocketsHttpHandler());
        Assert.Equal(1, _handler.Kept);
        await SendAsync(peer, "later");
        Assert.Equal("firstlater", await response.Content.ReadAsStringAsync(Cancel).WaitAsync(FakeMaster.Deadline, Cancel));
        await ClosedAsync(peer);
    }

    private async Task<TcpClient> AcceptAsync()
    {
        TcpClient peer = await _server.AcceptTcpClientAsync(Cancel).AsTask().WaitAsync(FakeMaster.Deadline, Cancel);
        StringBuilder request = new();
        byte[] some = new byte[1024];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            request.Append(Encoding.ASCII.GetString(some, 0, await peer.GetStream().ReadAsync(some, Cancel)));
        }

        return peer;
    }

    private static async Task SendAsync(TcpClient peer, string text) => await peer.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancel);

    private static async Task ClosedAsync(TcpClient peer) => Assert.Equal(0, await peer.GetStream().ReadAsync(new byte[1], Cancel).AsTask().WaitAsync(Soon, Cancel));
}
