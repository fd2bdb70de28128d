using System.Security.Cryptography;

namespace Encode.Master.Files;

/// <summary>
/// The hashes of uploads between two of their parts, so that a file of a thousand parts is not read back a thousand times. At most
/// <see cref="FileLimits.RememberedHashes"/>; beyond, the one that has waited longest for its next part goes, since its sender is the likeliest
/// not to come back. Thread-safe; what is taken out is its taker's.
/// </summary>
internal sealed class RunningHashes : IDisposable
{
    private readonly OrderedDictionary<string, (IncrementalHash Hash, long Bytes)> hashes = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Takes the hash of an upload out, or begins one.</summary>
    /// <param name="key">The upload's key.</param>
    /// <param name="length">Bytes that are there of it.</param>
    /// <returns>The hash, and of how many bytes from the start it is.</returns>
    public (IncrementalHash Hash, long Bytes) Take(string key, long length)
    {
        if (Remove(key) is { } kept)
        {
            if (kept.Bytes <= length)
            {
                return kept;
            }

            kept.Hash.Dispose();
        }

        return (IncrementalHash.CreateHash(HashAlgorithmName.SHA256), 0);
    }

    /// <summary>Keeps the hash of an upload, which is ours then.</summary>
    public void Keep(string key, IncrementalHash hash, long bytes)
    {
        (IncrementalHash Hash, long Bytes) gone;
        lock (gate)
        {
            if (!hashes.Remove(key, out gone) && hashes.Count >= FileLimits.RememberedHashes)
            {
                gone = hashes.GetAt(0).Value;
                hashes.RemoveAt(0);
            }

            hashes.Add(key, (hash, bytes));
        }

        gone.Hash?.Dispose();
    }

    /// <summary>Forgets an upload that is gone.</summary>
    public void Forget(string key) => Remove(key)?.Hash.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            foreach ((IncrementalHash hash, _) in hashes.Values)
            {
                hash.Dispose();
            }

            hashes.Clear();
        }
    }

    private (IncrementalHash Hash, long Bytes)? Remove(string key)
    {
        lock (gate)
        {
            return hashes.Remove(key, out (IncrementalHash Hash, long Bytes) kept) ? kept : null;
        }
    }
}
