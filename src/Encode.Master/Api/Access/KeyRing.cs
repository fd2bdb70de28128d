using System.Security.Cryptography;
using System.Text;
using Encode.Master.Configuration;

namespace Encode.Master.Api.Access;

/// <summary>
/// The API keys of this master. Keys are kept as SHA-256 hashes and compared in a time that does not depend on them. They are
/// long random texts, so a plain hash is enough: there is nothing to guess from it.
/// </summary>
public sealed class KeyRing(IReadOnlyList<ApiKey> keys)
{
    /// <summary>Largest key file in bytes.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <summary>Whether there are no keys: the master then serves only near peers.</summary>
    public bool IsEmpty => keys.Count == 0;

    /// <summary>Reads the keys that options name.</summary>
    /// <exception cref="KeyRingException">The file cannot be read, or a line is not a key.</exception>
    public static KeyRing Load(MasterOptions options)
    {
        List<ApiKey> keys = [];
        if (options.ApiKey.Length > 0)
        {
            keys.Add(new ApiKey("flag", Hash(options.ApiKey), Scopes.All));
        }

        if (options.ApiKeyFile.Length > 0)
        {
            keys.AddRange(KeyFile.Parse(ReadFile(options.ApiKeyFile), options.ApiKeyFile));
        }

        return new KeyRing(keys);
    }

    /// <summary>Finds the key that a caller shows.</summary>
    public ApiKey? Find(string presented)
    {
        byte[] hash = Hash(presented);
        ApiKey? found = null;
        foreach (ApiKey key in keys)
        {
            // Every key is compared, whether or not one has matched.
            if (CryptographicOperations.FixedTimeEquals(key.Hash.Span, hash))
            {
                found = key;
            }
        }

        return found;
    }

    internal static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static string[] ReadFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new KeyRingException($"read the API keys '{path}': this is a folder; name a file of keys");
        }

        try
        {
            return new FileInfo(path).Length <= MaxFileBytes
                ? File.ReadAllLines(path)
                : throw new KeyRingException($"read the API keys '{path}': the file is longer than {MaxFileBytes} bytes; name a file of keys");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KeyRingException($"read the API keys '{path}': there is no such file; write one key a line into it");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KeyRingException($"read the API keys '{path}': {(error is UnauthorizedAccessException ? "permission denied" : error.Message)}; check the file and who may read it");
        }
    }
}
