namespace Encode.Messaging;

/// <summary>What a user shows the broker: its JWT, and the key that signs the broker's nonce.</summary>
/// <param name="Jwt">The user's JWT.</param>
/// <param name="Seed">Seed of the key that the JWT is about. A secret: it never leaves the process.</param>
public sealed record BusCredential(string Jwt, string Seed)
{
    /// <summary>
    /// How long a node's JWT counts. Agents renew at half of it. Short enough that a node whose revocation only another can enforce (the
    /// operator of an external cluster) is out within the hour; long enough that a master may be away for a while before nodes lose the broker.
    /// </summary>
    public static readonly TimeSpan NodeLifetime = TimeSpan.FromHours(1);

    /// <summary>How long the JWT counts from its time of issue; null when it does not end, or is none. Its holder's clock may be wrong, so this and not its end is told.</summary>
    public static TimeSpan? LifetimeOf(string jwt) => Messaging.Jwt.ReadUser(jwt) is { Exp: > 0 } claims ? TimeSpan.FromSeconds(Math.Max(0, claims.Exp - claims.Iat)) : null;

    /// <summary>A node's credential.</summary>
    public static BusCredential ForNode(NodeKey key, string jwt) => new(jwt, key.Seed);

    /// <summary>Leaves the secret out of whatever prints a record.</summary>
    public override string ToString() => "BusCredential";
}
