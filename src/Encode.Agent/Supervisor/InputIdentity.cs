using System.Security.Cryptography;
using System.Text;
using Encode.Agent.Transfers;

namespace Encode.Agent.Supervisor;

/// <summary>What tells that an input is the same as before an interruption.</summary>
internal static class InputIdentity
{
    /// <summary>Bytes of one.</summary>
    internal const int Bytes = SHA256.HashSizeInBytes;

    /// <summary>The identity of an attempt's input: a hash, since a URL may hold a secret.</summary>
    /// <param name="url">Its URL.</param>
    /// <param name="input">The input; null for a generated clip.</param>
    /// <returns>Null where nothing tells the input from a later version of it, and then nothing is ever the same.</returns>
    internal static byte[]? Of(string? url, JobInput? input) => input switch
    {
        null => SHA256.HashData("a generated clip"u8),
        { Version: null } => null,
        _ => SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{url}\n{input.Bytes}\n{input.Version}"))),
    };

    /// <summary>Why what is kept may not be gone on with.</summary>
    /// <param name="now">The identity of the input as it is now.</param>
    /// <param name="known">What was noted of it.</param>
    /// <returns>The beginning of a sentence; null when it is of this input.</returns>
    internal static string? WhyNot(byte[]? now, ReadOnlySpan<byte> known)
    {
        if (now is null || known.IsEmpty)
        {
            return "it cannot be told whether the input is the same as before the interruption";
        }

        return known.SequenceEqual(now) ? null : "the input is another one than before the interruption";
    }
}
