using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NATS.NKeys;

namespace Encode.Messaging;

/// <summary>Signs NATS JWTs: base64url JSON, a dot, base64url JSON, a dot, the Ed25519 signature of all before it.</summary>
internal static class Jwt
{
    private static readonly string s_header = Base64Url.EncodeToString(
        JsonSerializer.SerializeToUtf8Bytes(new JwtHeader("JWT", "ed25519-nkey"), JwtJson.Default.JwtHeader));

    /// <summary>Signs what one key says about another.</summary>
    /// <param name="issuer">The key that signs.</param>
    /// <param name="subject">Public key that it is about.</param>
    /// <param name="name">For people.</param>
    /// <param name="now">When it is signed.</param>
    /// <param name="lifetime">How long it counts; null is for ever.</param>
    /// <param name="claims">What is said.</param>
    /// <param name="type">How that is written.</param>
    public static string Sign<T>(
        KeyPair issuer, string subject, string name, DateTimeOffset now, TimeSpan? lifetime, T claims, JsonTypeInfo<JwtClaims<T>> type)
    {
        JwtClaims<T> body = new()
        {
            Jti = RandomNumberGenerator.GetHexString(32),
            Iat = now.ToUnixTimeSeconds(),
            Exp = lifetime is { } span ? (now + span).ToUnixTimeSeconds() : 0,
            Iss = issuer.GetPublicKey(),
            Name = name,
            Sub = subject,
            Nats = claims,
        };
        string signed = $"{s_header}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(body, type))}";
        return $"{signed}.{NKey.Sign(issuer, signed)}";
    }

    /// <summary>Reads what a user JWT says of itself without checking its signature: for one that the master or the operator of a cluster gave us.</summary>
    /// <returns>Null when the text is no user JWT.</returns>
    public static JwtClaims<UserFacts>? ReadUser(string jwt)
    {
        string[] parts = jwt.Split('.');
        if (parts.Length != 3 || !Base64Url.IsValid(parts[1]))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(Base64Url.DecodeFromChars(parts[1]), JwtJson.Default.JwtClaimsUserFacts);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
