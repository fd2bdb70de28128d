using NATS.NKeys;

namespace Encode.Messaging;

/// <summary>A NATS credentials file (<c>.creds</c>, as nsc writes it): a user's JWT and its seed, each between lines of dashes.</summary>
internal static class CredentialsFile
{
    private const string JwtTitle = "NATS USER JWT";
    private const string SeedTitle = "USER NKEY SEED";

    /// <summary>Reads one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="now">The moment that it must be good at.</param>
    /// <returns>The credential, the account that the user belongs to, and when it ends (null: never).</returns>
    /// <exception cref="MessagingException">It cannot be read, is no such file, is not all of one piece, or has ended.</exception>
    public static (BusCredential Credential, string Account, DateTimeOffset? Ends) Read(string path, DateTimeOffset now)
    {
        string text = SecretFile.ReadAsItIs(path);
        string jwt = Section(text, JwtTitle, path);
        string seed = Section(text, SeedTitle, path);
        if (Jwt.ReadUser(jwt) is not { Nats.Type: "user" } claims || (claims.Nats.IssuerAccount ?? claims.Iss) is not { } account || !NKey.IsPublic(PrefixByte.Account, account))
        {
            throw new MessagingException($"read the credentials '{path}': what stands under '{JwtTitle}' is no user's JWT; get the file from the cluster's operator again");
        }

        using KeyPair pair = NKey.Parse(seed, PrefixByte.User, path, "get the file from the cluster's operator again");
        if (pair.GetPublicKey() != claims.Sub)
        {
            throw new MessagingException($"read the credentials '{path}': the seed is not that of the user that the JWT names; get the file from the cluster's operator again");
        }

        DateTimeOffset? ends = claims.Exp > 0 ? DateTimeOffset.FromUnixTimeSeconds(claims.Exp) : null;
        return ends <= now
            ? throw new MessagingException($"read the credentials '{path}': they ended at {ends:u}; get new ones from the cluster's operator")
            : (new BusCredential(jwt, seed), account, ends);
    }

    /// <summary>The line after the one that begins a section.</summary>
    private static string Section(string text, string title, string path)
    {
        string[] lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        int begin = Array.FindIndex(lines, line => line.StartsWith('-') && line.Contains($"BEGIN {title}", StringComparison.Ordinal));
        return begin >= 0 && begin + 1 < lines.Length && !lines[begin + 1].StartsWith('-')
            ? lines[begin + 1]
            : throw new MessagingException($"read the credentials '{path}': no '-----BEGIN {title}-----' with a line below it; it must be a .creds file as 'nsc generate creds' writes it");
    }
}
