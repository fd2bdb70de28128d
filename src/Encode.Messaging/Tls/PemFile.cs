using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Encode.Messaging.Tls;

/// <summary>Reads PEM files with errors that name the file and the way out.</summary>
public static class PemFile
{
    /// <summary>Largest PEM file that is read, in bytes: a system's whole bundle of roots has about 250 KiB.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Reads all certificates of a file, in their order; at least one.</summary>
    /// <exception cref="MessagingException">The file cannot be read, or holds no certificate.</exception>
    public static X509Certificate2Collection Certificates(string path) => ParseCertificates(Read(path), $"'{path}'");

    /// <summary>Reads all certificates of a text, in their order; at least one.</summary>
    /// <param name="pem">The text.</param>
    /// <param name="origin">Where it came from, for the error.</param>
    /// <exception cref="MessagingException">It holds no certificate.</exception>
    public static X509Certificate2Collection ParseCertificates(string pem, string origin)
    {
        X509Certificate2Collection found = [];
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new MessagingException($"read certificates from {origin}: one of them is damaged", e);
        }

        return found.Count > 0
            ? found
            : throw new MessagingException($"read certificates from {origin}: no '-----BEGIN CERTIFICATE-----' in it; it must be PEM");
    }

    /// <summary>The text of the one private key in a file.</summary>
    internal static string PrivateKey(string path)
    {
        string pem = Read(path);
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new MessagingException($"read the key '{path}': it is encrypted and nobody is there to type the password; decrypt it with 'openssl pkey -in {path}'");
        }

        ReadOnlySpan<char> rest = pem;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            ReadOnlySpan<char> label = rest[fields.Label];
            if (label is "PRIVATE KEY" or "RSA PRIVATE KEY" or "EC PRIVATE KEY")
            {
                return rest[fields.Location].ToString();
            }

            rest = rest[fields.Location.End..];
        }

        throw new MessagingException($"read the key '{path}': no private key in it; it must be PEM (PKCS#8, PKCS#1 or SEC1)");
    }

    /// <summary>What is wrong with who may read a private key or a file of keys; null when only its owner may.</summary>
    /// <param name="path">The file; one that cannot be looked at has another error to tell.</param>
    /// <param name="groupMayRead">Whether its group may read it, as services do whose key belongs to root.</param>
    public static string? ModeWarning(string path, bool groupMayRead)
    {
        const UnixFileMode Group = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
        const UnixFileMode World = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        UnixFileMode others = groupMayRead ? World | UnixFileMode.GroupWrite : World | Group;
        try
        {
            UnixFileMode mode = File.GetUnixFileMode(path);
            return (mode & others) == 0 ? null : $"'{path}' holds a secret and others on this host may use the file (mode {Convert.ToString((int)mode, 8)}); chmod 600 it";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Read(string path)
    {
        // Opening a folder fails as if permission were missing.
        if (Directory.Exists(path))
        {
            throw new MessagingException($"read '{path}': this is a folder; name a PEM file");
        }

        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length > MaxBytes)
            {
                throw new MessagingException($"read '{path}': {file.Length} bytes are too many for a PEM file");
            }

            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MessagingException($"read '{path}': there is no such file; 'master --generate-cert' makes a pair", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException($"read '{path}': {(e is UnauthorizedAccessException ? "permission denied" : e.Message)}", e);
        }
    }
}
