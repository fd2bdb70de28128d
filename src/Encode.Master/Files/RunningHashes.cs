using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Encode.Master.Files;

/// <summary>
/// The hashes of uploads between two of their parts, so that a file of a thousand parts is not read back a thousand times. At most
/// <see cref="FileLimits.RememberedHashes"/>. Thread-safe; what is taken out is its taker's.
/// </summary>
internal sealed class RunningHashes : IDisposable
{
    private readonly ConcurrentDictionary<string, (IncrementalHash Hash, long Bytes)> hashes = new(StringComparer.Ordinal);

    /// <summary>Takes the hash of an upload out, or begins one.</summary>
    /// <param name="key">The upload's key.</param>
    /// <param name="length">Bytes that are there of it.</param>
    /// <returns>The hash, and of how many bytes from the start it is.</returns>
    public (IncrementalHash Hash, long Bytes) Take(string key, long length)
    {
        if (hashes.TryRemove(key, out (IncrementalHash Hash, long Bytes) kept))
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
        if (hashes.Count >= FileLimits.RememberedHashes || !hashes.TryAdd(key, (hash, bytes)))
        {
            hash.Dispose();
        }
    }

    /// <summary>Forgets an upload that is gone.</summary>
    public void Forget(string key)
    {
        if (hashes.TryRemove(key, out (IncrementalHash Hash, long Bytes) kept))
        {
            kept.Hash.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string key in hashes.Keys)
        {
            Forget(key);
        }
    }
}
