using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Encode.Master.Api.Access;

/// <summary>The bearer token that a node gets when it registers: random, known to the database only by its hash.</summary>
public static class NodeToken
{
    /// <summary>What every token begins with, so that leaked ones can be recognised.</summary>
    private const string Prefix = "node-";

    private const int RandomBytes = 32;

    private static readonly int TokenChars = Base64Url.GetEncodedLength(RandomBytes);

    /// <summary>Makes a token.</summary>
    public static string Mint() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Whether a text may be a token.</summary>
    public static bool LooksLike(string text) => text.Length == Prefix.Length + TokenChars && text.StartsWith(Prefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(Prefix.Length));

    /// <summary>SHA-256 of a token, lower-case hex.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
