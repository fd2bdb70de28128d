using Encode.Master.Store;

namespace Encode.Master.Api.Access;

/// <summary>
/// Decides for every request, before its route runs, who sends it and whether it may. The rules stand beside the routes
/// (<see cref="Requires"/>); a route that forgot to state one is closed. With keys, a path that does not exist asks for a key too.
/// </summary>
public sealed class AccessGate(KeyRing keys, NearRules near, EncodeStore store, ILogger<AccessGate> log)
{
    private const string Scheme = "Bearer ";

    /// <summary>Most characters of a key that is looked at.</summary>
    private const int MaxKeyChars = 512;

    // A route of ours without a rule; and what the routing itself answers with (404, 405), which any key may be told.
    private static readonly Requires Closed = new(Scopes.Admin);
    private static readonly Requires Unrouted = new(Scopes.All, Nodes: true);

    /// <summary>Runs the rest of the request when its sender may.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
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
                : throw Refuse(context, "no API key came with the request: send it as 'Authorization: Bearer KEY'", wrong: false);
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

        throw Refuse(context, keys.IsEmpty
            ? "this master has no API keys and knows no such node token: send no key, or register the node again"
            : "the API key is none of this master's: check it, or register the node again", wrong: true);
    }

    private ApiException Refuse(HttpContext context, string why, bool wrong)
    {
        context.Response.Headers.WWWAuthenticate = wrong ? "Bearer realm=\"encode\", error=\"invalid_token\"" : "Bearer realm=\"encode\"";
        log.AccessRefused(NearRules.Plain(context.Connection.RemoteIpAddress), wrong ? "wrong key" : "no key");
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
