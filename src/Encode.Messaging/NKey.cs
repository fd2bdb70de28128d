using System.Buffers.Text;
using System.Text;
using NATS.NKeys;

namespace Encode.Messaging;

/// <summary>What we need of NKeys, with our errors.</summary>
internal static class NKey
{
    private const int SignatureBytes = 64;

    /// <summary>Characters of an encoded public key.</summary>
    private const int PublicKeyChars = 56;

    public static string NewSeed(PrefixByte kind)
    {
        using KeyPair pair = KeyPair.CreatePair(kind);
        return pair.GetSeed();
    }

    /// <summary>Reads a seed that came from <paramref name="path"/>; the message names the path and never the seed.</summary>
    public static KeyPair Parse(string seed, PrefixByte kind, string path, string hint = "remove the file to get a new key")
    {
        try
        {
            KeyPair pair = KeyPair.FromSeed(seed);
            if (pair.Prefix == kind)
            {
                return pair;
            }

            pair.Dispose();
        }
        catch (Exception e) when (e is NKeysException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            throw new MessagingException($"read the key '{path}': it holds no NKey seed; {hint}", e);
        }

        throw new MessagingException($"read the key '{path}': it holds no {kind.ToString().ToLowerInvariant()} key; {hint}");
    }

    public static bool IsPublic(PrefixByte kind, string? text)
    {
        if (text is not { Length: PublicKeyChars })
        {
            return false;
        }

        try
        {
            return KeyPair.IsValidPublicKey(kind, text);
        }
        catch (Exception e) when (e is NKeysException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    public static string Sign(KeyPair pair, string text)
    {
        byte[] signature = new byte[SignatureBytes];
        pair.Sign(Encoding.ASCII.GetBytes(text), signature);
        return Base64Url.EncodeToString(signature);
    }
}
