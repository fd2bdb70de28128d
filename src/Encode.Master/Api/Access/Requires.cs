namespace Encode.Master.Api.Access;

/// <summary>What a route asks of its caller. A route without one is closed to everybody.</summary>
/// <param name="AnyOf">Scopes, of which the caller needs one; none means that no key is asked for.</param>
/// <param name="Nodes">Whether a node token will do as well; the route then checks what exactly that node may.</param>
public sealed record Requires(Scopes AnyOf, bool Nodes = false);
