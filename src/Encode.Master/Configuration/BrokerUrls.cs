namespace Encode.Master.Configuration;

/// <summary>The URLs of <c>--nats</c>.</summary>
internal static class BrokerUrls
{
    private const string Secure = "tls";
    private const string Plain = "nats";

    /// <summary>NATS's own port, for a URL without one.</summary>
    private const int DefaultPort = 4222;

    /// <summary>Each of them, with its port.</summary>
    public static IReadOnlyList<string> Split(string flag) => [.. Parts(flag).Select(part => Parse(part) is { } url ? $"{url.Scheme}://{url.Host}:{PortOf(url)}" : part)];

    /// <summary>Whether a URL of <see cref="Split"/> asks for TLS.</summary>
    public static bool IsTls(string url) => url.StartsWith(Secure + "://", StringComparison.Ordinal);

    /// <summary>Everything that is wrong with them, a sentence each.</summary>
    public static IEnumerable<string> Problems(string flag)
    {
        string[] parts = Parts(flag);
        if (parts.Length == 0)
        {
            yield return "--nats: it names no server; write tls://host:4222, several with commas between";
        }

        foreach (string part in parts)
        {
            if (part.Contains('@', StringComparison.Ordinal))
            {
                yield return "--nats: one of the URLs holds a user or a password; leave it out, --nats-creds says who the master is";
            }
            else if (Parse(part) is null)
            {
                yield return $"--nats {part}: this is no server's URL; write tls://host:4222, or nats://host:4222 for one without TLS";
            }
        }

        if (parts.Select(part => Parse(part)?.Scheme).OfType<string>().Distinct().Count() > 1)
        {
            yield return "--nats: some URLs are tls:// and some nats://; all servers of a cluster are reached the same way";
        }
    }

    private static string[] Parts(string flag) => flag.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static int PortOf(Uri url) => url.Port > 0 ? url.Port : DefaultPort;

    private static Uri? Parse(string part) =>
        Uri.TryCreate(part, UriKind.Absolute, out Uri? url) && url.Scheme is Secure or Plain && url is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "", AbsolutePath: "/" or "" } ? url : null;
}
