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

    /// <summary>Makes a token.</summary>
    public static string Mint() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Whether a text may be a token.</summary>
    public static bool LooksLike(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>SHA-256 of a token, lower-case hex.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
