using System.Net.Http.Headers;
using System.Net.Security;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Messaging.Tls;

namespace Encode.Agent.Transfers;

/// <summary>The master's HTTPS side as an agent uses it.</summary>
internal sealed class MasterHttp : IDisposable
{
    private const int MaxReplyBytes = 1 << 20;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    private readonly RenewableHandler _handler;
    private readonly Func<string?> _apiKey;
    private volatile string? _nodeToken;

    /// <param name="master">The master's URL.</param>
    /// <param name="trust">How its certificate is judged.</param>
    /// <param name="certificate">What to show a master that asks for a certificate.</param>
    /// <param name="apiKey">Gives the key for registering, null for none; asked each time.</param>
    internal MasterHttp(Uri master, ServerTrust trust, CertificateWithKey? certificate, Func<string?> apiKey)
    {
        _apiKey = apiKey;
        _handler = new RenewableHandler(HandlerFor(trust, certificate));
        Calls = new HttpClient(_handler, disposeHandler: false) { BaseAddress = master, Timeout = CallTimeout, MaxResponseContentBufferSize = MaxReplyBytes };
        Transfers = new HttpClient(new TokenHandler(this), disposeHandler: false) { BaseAddress = master, Timeout = Timeout.InfiniteTimeSpan };
        Trust = trust;
    }

    /// <summary>For files; carries the node's token, has no time limit of its own.</summary>
    internal HttpClient Transfers { get; }

    /// <summary>How the master's certificate is judged; knows why the newest was refused.</summary>
    internal ServerTrust Trust { get; private set; }

    private HttpClient Calls { get; }

    /// <summary>Uses another certificate and trust for connections from now on; requests under way keep theirs.</summary>
    internal void UseTls(ServerTrust trust, CertificateWithKey? certificate)
    {
        Trust = trust;
        _handler.Use(HandlerFor(trust, certificate));
    }

    /// <summary>What the node shows from now on.</summary>
    internal void UseToken(string? nodeToken) => _nodeToken = nodeToken;

    /// <summary>One of the two calls of a registration.</summary>
    internal Task<(int Status, RegisterReply? Reply, string? Problem)> RegisterAsync(RegisterRequest request, CancellationToken cancel) =>
        PostAsync("/nodes/register", request, ContractsJson.Default.RegisterRequest, ContractsJson.Default.RegisterReply, _apiKey(), cancel);

    /// <summary>A heartbeat over HTTPS.</summary>
    internal Task<(int Status, HeartbeatReply? Reply, string? Problem)> ReconcileAsync(string nodeId, Heartbeat heartbeat, CancellationToken cancel) =>
        PostAsync($"/nodes/{nodeId}/reconcile", heartbeat, ContractsJson.Default.Heartbeat, ContractsJson.Default.HeartbeatReply, _nodeToken, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        Calls.Dispose();
        Transfers.Dispose();
        _handler.Dispose();
    }

    private static SocketsHttpHandler HandlerFor(ServerTrust trust, CertificateWithKey? certificate)
    {
        SslClientAuthenticationOptions tls = new() { ClientCertificateContext = certificate?.Context };
        trust.Apply(tls);
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = tls,
        };
    }

    private async Task<(int Status, TReply? Reply, string? Problem)> PostAsync<TBody, TReply>(
        string path, TBody body, JsonTypeInfo<TBody> bodyJson, JsonTypeInfo<TReply> replyJson, string? bearer, CancellationToken cancel)
        where TReply : class
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path);
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyJson));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        using HttpResponseMessage response = await Calls.SendAsync(request, cancel).ConfigureAwait(false);
        byte[] content = await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            return ((int)response.StatusCode, null, ProblemText.Of(content));
        }

        try
        {
            return ((int)response.StatusCode, JsonSerializer.Deserialize(content, replyJson), null);
        }
        catch (JsonException cause)
        {
            throw new HttpRequestException($"the answer to {path} is no message of a master; check --master", cause);
        }
    }

    private sealed class TokenHandler(MasterHttp owner) : DelegatingHandler(owner._handler)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (owner._nodeToken is { } token)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
