namespace Encode.Messaging;

/// <summary>What a user shows the broker: its JWT, and the key that signs the broker's nonce.</summary>
/// <param name="Jwt">The user's JWT.</param>
/// <param name="Seed">Seed of the key that the JWT is about. A secret: it never leaves the process.</param>
public sealed record BusCredential(string Jwt, string Seed)
{
    /// <summary>A node's credential.</summary>
    public static BusCredential ForNode(NodeKey key, string jwt) => new(jwt, key.Seed);

    /// <summary>Leaves the secret out of whatever prints a record.</summary>
    public override string ToString() => "BusCredential";
}
