using System.Security.Cryptography;
using System.Text;

namespace Encode.Contracts.Nodes;

/// <summary>How a node's id follows from its key.</summary>
public static class NodeIdentity
{
    /// <summary>Bytes of the key's hash that make the id: 80 bits, 20 hex digits, no chance of a collision in one farm.</summary>
    private const int IdBytes = 10;

    /// <summary>The id of the node that owns a public key: <c>n</c> and 20 hex digits of the key's SHA-256.</summary>
    public static string IdOf(string publicKey)
    {
        byte[] hash = SHA256.HashData(Encoding.ASCII.GetBytes(publicKey));
        return "n" + Convert.ToHexStringLower(hash.AsSpan(0, IdBytes));
    }
}
