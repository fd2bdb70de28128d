using System.Security.Cryptography;
using System.Text;
using Encode.Master.Configuration;
using Encode.Messaging.Tls;

namespace Encode.Master.Api.Access;

/// <summary>
/// The API keys of this master: the flag's, the environment's and the file's, all good at once, so that one can be brought in before
/// another goes. Keys are kept as SHA-256 hashes and compared in a time that does not depend on them. They are
/// long random texts, so a plain hash is enough: there is nothing to guess from it.
/// </summary>
public sealed class KeyRing
{
    private readonly MasterOptions options;
    private volatile List<ApiKey> keys;

    private KeyRing(MasterOptions options)
    {
        this.options = options;
        keys = Read(options);
    }

    /// <summary>Largest key file in bytes.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <summary>Whether there are no keys: the master then serves only near peers.</summary>
    public bool IsEmpty => keys.Count == 0;

    /// <summary>How many keys there are.</summary>
    public int Count => keys.Count;

    /// <summary>What an operator should know of these keys, a sentence each; no sentence holds a key.</summary>
    public IEnumerable<string> Warnings()
    {
        if (options.ApiKeyFile.Length > 0 && PemFile.ModeWarning(options.ApiKeyFile, groupMayRead: false) is { } mode)
        {
            yield return mode;
        }

        foreach (ApiKey key in keys.Where(key => key.IsShort))
        {
            yield return $"the API key '{key.Name}' has fewer than {MasterOptions.AdvisedApiKeyChars} characters and may be guessed; 'openssl rand -hex 32' makes a good one";
        }
    }

    /// <summary>Reads the keys that options name.</summary>
    /// <exception cref="KeyRingException">The file cannot be read, or a line is not a key.</exception>
    public static KeyRing Load(MasterOptions options) => new(options);

    /// <summary>Reads the file again. Until that has worked the keys stay as they are.</summary>
    /// <exception cref="KeyRingException">The file cannot be read, or a line is not a key.</exception>
    public void Reload() => keys = Read(options);

    internal static bool IsShort(string key) => key.Length < MasterOptions.AdvisedApiKeyChars;

    private static List<ApiKey> Read(MasterOptions options)
    {
        List<ApiKey> keys = [];
        foreach ((string name, string key) in new[] { ("flag", options.ApiKey), ("environment", options.EnvironmentApiKey) })
        {
            if (key.Length > 0)
            {
                keys.Add(new ApiKey(name, Hash(key), Scopes.All, IsShort(key)));
            }
        }

        if (options.ApiKeyFile.Length > 0)
        {
            keys.AddRange(KeyFile.Parse(ReadFile(options.ApiKeyFile), options.ApiKeyFile));
        }

        return keys;
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
