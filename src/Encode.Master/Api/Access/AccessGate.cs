using System.Net;
using Encode.Master.Api.Tls;
using Encode.Master.Store;
using Microsoft.AspNetCore.Connections.Features;

namespace Encode.Master.Api.Access;

/// <summary>
/// Decides for every request, before its route runs, who sends it and whether it may. The rules stand beside the routes
/// (<see cref="Requires"/>); a route that forgot to state one is closed. With keys, a path that does not exist asks for a key too.
/// </summary>
internal sealed class AccessGate(KeyRing keys, NearRules near, EncodeStore store, Refusals refusals, RemovedCertificates removed)
{
    private const string Scheme = "Bearer ";

    /// <summary>Most characters of a key that is looked at.</summary>
    private const int MaxKeyChars = 512;

    /// <summary>When somebody whose tries are too many is to come again: all that wait now have had their turn.</summary>
    private const string RetryAfterSeconds = "5";

    // A route of ours without a rule; and what the routing itself answers with (404, 405), which any key may be told.
    private static readonly Requires Closed = new(Scopes.Admin);
    private static readonly Requires Unrouted = new(Scopes.All, Nodes: true);

    /// <summary>Runs the rest of the request when its sender may.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        RequireCertificate(context);
        if (keys.IsEmpty)
        {
            near.Check(context);
        }

        Endpoint? endpoint = context.GetEndpoint();
        Requires requires = endpoint?.Metadata.GetMetadata<Requires>() ?? (endpoint is RouteEndpoint ? Closed : Unrouted);
        if (requires.AnyOf != Scopes.None)
        {
            Caller caller = await IdentifyAsync(context);
            Authorize(caller, requires);
            context.Features.Set(caller);
        }

        if (keys.IsEmpty && endpoint?.Metadata.GetMetadata<TakesJson>() is not null)
        {
            NearRules.CheckJson(context.Request);
        }

        await next(context);
    }

    private async Task<Caller> IdentifyAsync(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        string presented = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        if (presented.Length == 0)
        {
            return keys.IsEmpty && header.Length == 0
                ? Caller.Anyone
                : throw Refuse(context, NoKeySentence(header), wrong: false);
        }

        if (presented.Length <= MaxKeyChars)
        {
            if (keys.Find(presented) is { } key)
            {
                return new Caller(key.Name, key.Scopes, null) { Owner = Convert.ToHexStringLower(key.Hash.Span) };
            }

            if (NodeToken.LooksLike(presented) && await store.FindNodeByTokenAsync(NodeToken.HashOf(presented)) is { } node)
            {
                return new Caller(node.Id, Scopes.None, node);
            }
        }

        ApiException refusal = Refuse(context, keys.IsEmpty
            ? "this master has no API keys and knows no such node token: send no key, or register the node again"
            : "the API key is none of this master's: check it, or register the node again", wrong: true);
        if (await refusals.WaitAsync(PeerOf(context), context.RequestAborted))
        {
            throw refusal;
        }

        // The connection is kept: a handshake for each guess would cost this host more than the guess.
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        throw new ApiException(StatusCodes.Status429TooManyRequests, "too many wrong keys came from this address: wait a few seconds, then send the right one");
    }

    // Kept connections of a node that was removed meanwhile end here; new ones do in the handshake.
    private void RequireCertificate(HttpContext context)
    {
        if (context.Connection.ClientCertificate is { } shown && removed.Contains(shown))
        {
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            refusals.Tell(PeerOf(context), $"its certificate ({shown.Subject}) is that of a node that was removed; give the host a new one");
            throw new ApiException(StatusCodes.Status403Forbidden, "the client's certificate is that of a node that was removed: give the host a new one");
        }
    }

    private static string NoKeySentence(string header) => header.Length == 0
        ? "no API key came with the request: send it as 'Authorization: Bearer KEY'"
        : "the Authorization header holds no API key: send it as 'Authorization: Bearer KEY'";

    private static IPAddress? PeerOf(HttpContext context) => NearRules.Plain(context.Connection.RemoteIpAddress);

    private ApiException Refuse(HttpContext context, string why, bool wrong)
    {
        context.Response.Headers.WWWAuthenticate = wrong ? "Bearer realm=\"encode\", error=\"invalid_token\"" : "Bearer realm=\"encode\"";
        refusals.Tell(PeerOf(context), wrong ? "it showed a wrong API key or node token" : "it showed no API key");
        return new ApiException(StatusCodes.Status401Unauthorized, why);
    }

    private static void Authorize(Caller caller, Requires requires)
    {
        bool allowed = caller.Node is null ? (caller.Scopes & requires.AnyOf) != Scopes.None : requires.Nodes;
        if (!allowed)
        {
            string who = caller.Node is null ? $"the API key '{caller.Name}'" : "a node token";
            throw new ApiException(StatusCodes.Status403Forbidden, $"{who} may not do this: it takes one of the scopes {requires.AnyOf.ToString().ToLowerInvariant()}");
        }
    }
}
