using System.Globalization;
using System.Security.Cryptography;
using Encode.Master.Configuration;

namespace Encode.Master.Api.Access;

/// <summary>
/// The lines of a key file: <c>KEY</c> or <c>sha256:HEX</c>, then <c>name=…</c> and <c>scopes=read,submit,agent,admin</c> in any
/// order. A bare key has every scope. Blank lines and lines that begin with <c>#</c> are skipped, and so is the rest of a line after
/// <c> #</c>. Messages name the line and never repeat it.
/// </summary>
internal static class KeyFile
{
    private const string HashPrefix = "sha256:";

    public static List<ApiKey> Parse(IReadOnlyList<string> lines, string path)
    {
        List<ApiKey> keys = [];
        for (int index = 0; index < lines.Count; index++)
        {
            string[] words = Words(lines[index]);
            if (words.Length > 0)
            {
                keys.Add(ParseLine(words, string.Create(CultureInfo.InvariantCulture, $"read the API keys '{path}': line {index + 1}"), index + 1));
            }
        }

        return keys.Count > 0 ? keys : throw new KeyRingException($"read the API keys '{path}': the file holds no key; write one a line");
    }

    private static string[] Words(string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int comment = Array.FindIndex(words, word => word.StartsWith('#'));
        return comment < 0 ? words : words[..comment];
    }

    private static ApiKey ParseLine(string[] words, string where, int number)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"line {number}");
        Scopes scopes = Scopes.All;
        foreach (string word in words.AsSpan(1))
        {
            (string key, string value) = word.Split('=', 2) is [var left, var right] ? (left, right) : (word, "");
            switch (key)
            {
                case "name" when value.Length > 0:
                    name = value;
                    break;
                case "scopes":
                    scopes = ParseScopes(value, where);
                    break;
                default:
                    throw new KeyRingException($"{where} has a word that is neither name=… nor scopes=…");
            }
        }

        return new ApiKey(name, ParseKey(words[0], where), scopes, KeyRing.IsShort(words[0]) && !words[0].StartsWith(HashPrefix, StringComparison.Ordinal));
    }

    private static byte[] ParseKey(string word, string where)
    {
        if (word.StartsWith(HashPrefix, StringComparison.Ordinal))
        {
            string hex = word[HashPrefix.Length..];
            return hex.Length == 2 * SHA256.HashSizeInBytes && hex.All(char.IsAsciiHexDigit)
                ? Convert.FromHexString(hex)
                : throw new KeyRingException($"{where}: after sha256: stand 64 hexadecimal digits");
        }

        return word.Length >= MasterOptions.MinApiKeyChars && word.All(c => c is > ' ' and <= '~')
            ? KeyRing.Hash(word)
            : throw new KeyRingException($"{where}: a key has at least {MasterOptions.MinApiKeyChars} visible ASCII characters, such as the output of 'openssl rand -hex 32'");
    }

    private static Scopes ParseScopes(string value, string where)
    {
        Scopes scopes = Scopes.None;
        foreach (string word in value.Split(','))
        {
            scopes |= word switch
            {
                "read" => Scopes.Read,
                "submit" => Scopes.Submit,
                "agent" => Scopes.Agent,
                "admin" => Scopes.Admin,
                _ => throw new KeyRingException($"{where}: scopes are read, submit, agent and admin, with commas between them"),
            };
        }

        return scopes;
    }
}
