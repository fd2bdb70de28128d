using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Encode.Master.Api;

/// <summary>Nonces that nodes are to sign: random, each good for one key, once, for a minute.</summary>
internal sealed class NonceBook(TimeProvider clock)
{
    /// <summary>How long a node may take to sign.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    /// <summary>Nonces kept at once: every node of a large farm at the same moment.</summary>
    private const int MaxOpen = 10_000;

    private const int NonceBytes = 24;

    private readonly ConcurrentDictionary<string, (string PublicKey, DateTimeOffset Until)> open = new(StringComparer.Ordinal);

    /// <summary>Makes a nonce for a key; null when too many are open.</summary>
    public string? Issue(string publicKey)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (open.Count >= MaxOpen)
        {
            foreach ((string old, (_, DateTimeOffset until)) in open)
            {
                if (until <= now)
                {
                    open.TryRemove(old, out _);
                }
            }
        }

        if (open.Count >= MaxOpen)
        {
            return null;
        }

        string nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceBytes));
        open[nonce] = (publicKey, now + Lifetime);
        return nonce;
    }

    /// <summary>Uses up a nonce.</summary>
    /// <returns>Whether it was made for this key, is fresh and was not used before.</returns>
    public bool Redeem(string nonce, string publicKey) =>
        open.TryRemove(nonce, out (string PublicKey, DateTimeOffset Until) entry) && entry.PublicKey == publicKey && entry.Until > clock.GetUtcNow();
}
