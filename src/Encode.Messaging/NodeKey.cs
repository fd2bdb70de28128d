using System.Buffers.Text;
using System.Text;
using Encode.Contracts.Nodes;
using NATS.NKeys;

namespace Encode.Messaging;

/// <summary>
/// A node's identity: an Ed25519 key in NATS's own form (an NKey of the user kind). Its seed stays in one file on the node; the
/// public half is sent at registration, the node's id derives from it, and the same key answers the broker's nonce.
/// </summary>
public sealed class NodeKey : IDisposable
{
    /// <summary>Name of the seed's file in the folder given to <see cref="LoadOrCreate"/>.</summary>
    public const string FileName = "node.nk";

    private readonly KeyPair _pair;

    private NodeKey(KeyPair pair)
    {
        _pair = pair;
        PublicKey = pair.GetPublicKey();
        NodeId = NodeIdentity.IdOf(PublicKey);
    }

    /// <summary>The public half: <c>U…</c>, 56 characters.</summary>
    public string PublicKey { get; }

    /// <summary>The id that follows from the key, see <see cref="NodeIdentity"/>.</summary>
    public string NodeId { get; }

    /// <summary>The secret half, for the NATS client.</summary>
    internal string Seed => _pair.GetSeed();

    /// <summary>Reads the key in a folder, or makes one (0600, in one step) when there is none.</summary>
    /// <exception cref="MessagingException">The file cannot be read or written, or holds no user key.</exception>
    public static NodeKey LoadOrCreate(string folder)
    {
        string path = Path.Combine(folder, FileName);
        string seed = SecretFile.ReadOrCreate(path, () => NKey.NewSeed(PrefixByte.User));
        return new NodeKey(NKey.Parse(seed, PrefixByte.User, path));
    }

    /// <summary>Makes a key that is never written to disk.</summary>
    public static NodeKey Create() => new(KeyPair.CreatePair(PrefixByte.User));

    /// <summary>Signs the ASCII bytes of a nonce; the signature is base64url without padding.</summary>
    public string Sign(string nonce) => NKey.Sign(_pair, nonce);

    /// <summary>Checks a signature made by <see cref="Sign"/>. Never throws: whatever is malformed is no proof.</summary>
    /// <param name="publicKey">The key that claims to have signed.</param>
    /// <param name="nonce">What was to be signed.</param>
    /// <param name="signature">Base64url, with or without padding.</param>
    public static bool Verify(string publicKey, string nonce, string signature)
    {
        if (!IsPublicKey(publicKey) || signature.Length > 128 || !Base64Url.IsValid(signature))
        {
            return false;
        }

        try
        {
            using KeyPair pair = KeyPair.FromPublicKey(publicKey);
            return pair.Verify(Encoding.ASCII.GetBytes(nonce), Base64Url.DecodeFromChars(signature));
        }
        catch (Exception e) when (e is NKeysException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    /// <summary>Whether a text is the public half of a node's key.</summary>
    public static bool IsPublicKey(string text) => NKey.IsPublic(PrefixByte.User, text);

    /// <inheritdoc/>
    public void Dispose() => _pair.Dispose();
}
