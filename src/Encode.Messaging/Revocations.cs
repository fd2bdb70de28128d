using System.Text.Json;

namespace Encode.Messaging;

/// <summary>
/// Users whose JWTs no longer count, each with the second it was revoked in: a JWT issued in that second or before is refused, a later one
/// is good. They are kept in a private file, written before the broker is told. One that is older than any JWT can be is forgotten.
/// </summary>
internal sealed class Revocations
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "revocations.json";

    /// <summary>How long one is kept: every JWT issued before has ended by then, even where the clock was set in between.</summary>
    private static readonly TimeSpan s_kept = 24 * BusCredential.NodeLifetime;

    private readonly string? _path;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private Dictionary<string, long> _seconds = [];

    /// <summary>Reads the list of a folder; null keeps it in memory.</summary>
    /// <exception cref="MessagingException">There is one that cannot be read.</exception>
    public Revocations(string? folder, TimeProvider clock)
    {
        _clock = clock;
        _path = folder is null ? null : Path.Combine(folder, FileName);
        if (File.Exists(_path))
        {
            _seconds = Parse(SecretFile.Read(_path), _path);
        }
    }

    /// <summary>Revokes all that a user has now.</summary>
    /// <exception cref="ArgumentException">The text is no user key.</exception>
    /// <exception cref="MessagingException">The file cannot be written; then nothing has changed.</exception>
    public void Add(string publicKey)
    {
        if (!NodeKey.IsPublicKey(publicKey))
        {
            throw new ArgumentException("revoke a user: its public key is no NKey of the user kind", nameof(publicKey));
        }

        lock (_gate)
        {
            long now = _clock.GetUtcNow().ToUnixTimeSeconds();
            long forgotten = now - (long)s_kept.TotalSeconds;
            Dictionary<string, long> next = _seconds.Where(revoked => revoked.Value > forgotten).ToDictionary();

            // A JWT that followed an earlier revocation in the same second was issued a second ahead of the clock.
            next[publicKey] = Math.Max(now, next.TryGetValue(publicKey, out long before) ? before + 1 : now);
            if (_path is not null)
            {
                SecretFile.Replace(_path, JsonSerializer.Serialize(next, JwtJson.Default.DictionaryStringInt64));
            }

            _seconds = next;
        }
    }

    /// <summary>When a JWT may be issued for a user at the earliest; null when it was not revoked.</summary>
    public DateTimeOffset? FirstGoodSecond(string publicKey)
    {
        lock (_gate)
        {
            return _seconds.TryGetValue(publicKey, out long second) ? DateTimeOffset.FromUnixTimeSeconds(second + 1) : null;
        }
    }

    /// <summary>All of them, as an account's JWT carries them; null when there are none.</summary>
    public IReadOnlyDictionary<string, long>? ToClaims()
    {
        lock (_gate)
        {
            return _seconds.Count > 0 ? _seconds : null;
        }
    }

    private static Dictionary<string, long> Parse(string text, string path)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, JwtJson.Default.DictionaryStringInt64) is { } list && list.Keys.All(NodeKey.IsPublicKey))
            {
                return list;
            }
        }
        catch (JsonException)
        {
            // The same as a list of something else.
        }

        throw new MessagingException($"read '{path}': it is no list of revoked users; restore it, or remove it and remove the nodes again that may not come back");
    }
}
