using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Encode.Agent.Transfers;

namespace Encode.Agent.Supervisor;

/// <summary>
/// What tells that an input is the same as before. Where its version is not settled (no server's word of it, or a date of this moment), it tells so
/// within one attempt and to no other, also when the same date has settled meanwhile.
/// </summary>
/// <param name="Text">What it is called, how long it is, and what is known of its version.</param>
/// <param name="IsSettled">Whether that tells it from every later version.</param>
/// <param name="Attempt">Number of the attempt that asks.</param>
internal readonly record struct InputIdentity(string Text, bool IsSettled, int Attempt)
{
    /// <summary>Longest form of one.</summary>
    internal const int MaxBytes = SHA256.HashSizeInBytes + sizeof(int);

    /// <summary>The identity of an attempt's input.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="input">Its input; null for a generated clip.</param>
    internal static InputIdentity Of(Attempt attempt, JobInput? input) => input is null
        ? new("a generated clip", true, attempt.Key.Attempt)
        : new(FormattableString.Invariant($"{attempt.Offer.InputUrl}\n{input.Bytes}\n{input.Version ?? input.Validator}"), input.Version is not null, attempt.Key.Attempt);

    /// <summary>The form in which it is noted: a hash, since a URL may hold a secret, and the attempt where it is of no use to another.</summary>
    internal byte[] ToBytes()
    {
        byte[] bytes = new byte[IsSettled ? SHA256.HashSizeInBytes : MaxBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(Text), bytes);
        if (!IsSettled)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(SHA256.HashSizeInBytes), Attempt);
        }

        return bytes;
    }

    /// <summary>Why what is kept may not be gone on with.</summary>
    /// <param name="known">What was noted of its input.</param>
    /// <returns>The beginning of a sentence; null when it is of this input.</returns>
    internal string? WhyNot(ReadOnlySpan<byte> known)
    {
        if (known.IsEmpty)
        {
            return "what was kept does not say of which input it is";
        }

        int hash = SHA256.HashSizeInBytes;
        if (known.Length is not (SHA256.HashSizeInBytes or MaxBytes) || !known[..hash].SequenceEqual(ToBytes().AsSpan(0, hash)))
        {
            return "the input is another one than before the interruption";
        }

        bool isSame = known.Length == hash ? IsSettled : BinaryPrimitives.ReadInt32LittleEndian(known[hash..]) == Attempt;
        return isSame ? null : "it cannot be told whether the input is the same as before the interruption";
    }
}
