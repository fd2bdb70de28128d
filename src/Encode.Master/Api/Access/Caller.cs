using Encode.Master.Store;

namespace Encode.Master.Api.Access;

/// <summary>Who sends a request.</summary>
/// <param name="Name">The key's name, or the node's id; for logs.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Node">The node, when it showed a node token: it may then do only what the route allows to nodes.</param>
public sealed record Caller(string Name, Scopes Scopes, NodeRow? Node)
{
    /// <summary>Whose idempotency keys it uses: for an API key its hash, which neither a line above it in the file nor an equal name changes.</summary>
    public string Owner { get; init; } = Name;

    /// <summary>Whoever reaches a master without keys.</summary>
    public static readonly Caller Anyone = new("anyone", Scopes.All, null);

    /// <summary>The caller of a request that has passed <see cref="AccessGate"/>.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>()!;
}
