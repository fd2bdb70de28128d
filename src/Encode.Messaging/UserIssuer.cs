using NATS.NKeys;

namespace Encode.Messaging;

/// <summary>
/// Signs the JWTs of users of one account: with the account's own key, or with a signing key that the account's operator gave us. A
/// node's JWT lets it do exactly what a node does (DESIGN 5, NATS subjects) and ends after a while.
/// </summary>
internal sealed class UserIssuer(KeyPair key, string? issuerAccount, TimeProvider clock)
{
    /// <summary>Signs a node's JWT.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="publicKey">The node's public key.</param>
    /// <param name="lifetime">How long it counts.</param>
    /// <param name="earliest">Its time of issue where the clock is not so far, for a user that was revoked a moment ago; null for none.</param>
    /// <exception cref="ArgumentException">The text is no user key.</exception>
    public string MintNode(string nodeId, string publicKey, TimeSpan lifetime, DateTimeOffset? earliest = null)
    {
        if (!NodeKey.IsPublicKey(publicKey))
        {
            throw new ArgumentException($"mint a JWT for node '{nodeId}': its public key is no NKey of the user kind", nameof(publicKey));
        }

        return Sign(publicKey, nodeId, UserJwt.ForNode(nodeId, issuerAccount), lifetime, earliest);
    }

    /// <summary>A credential with a key of its own, for a connection of the master.</summary>
    public BusCredential MintMaster()
    {
        using KeyPair user = KeyPair.CreatePair(PrefixByte.User);
        return new BusCredential(Sign(user.GetPublicKey(), Inbox.Master, UserJwt.ForMaster(issuerAccount), null), user.GetSeed());
    }

    /// <summary>Signs what a user may do.</summary>
    public string Sign(string publicKey, string name, UserClaims claims, TimeSpan? lifetime, DateTimeOffset? earliest = null)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return Jwt.Sign(key, publicKey, name, earliest > now ? earliest.Value : now, lifetime, claims, JwtJson.Default.JwtClaimsUserClaims);
    }
}
