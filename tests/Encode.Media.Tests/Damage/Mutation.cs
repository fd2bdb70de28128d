using System.Buffers.Binary;

namespace Encode.Media.Tests.Damage;

/// <summary>Damages bytes in the ways in which files are damaged on their way and by those who wish ill; a seed always damages them alike.</summary>
internal static class Mutation
{
    private const int MaxChanges = 4;
    private const int MaxRun = 64;
    private const int MaxChunk = 512;

    /// <summary>Bytes at either end of a file in which half of the damage is done: that is where indexes and headers are.</summary>
    private const int HeadBytes = 1500;

    // Lengths and counts that programs get wrong.
    private static readonly uint[] Extremes = [0, 1, 7, 8, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF8];

    /// <summary>A damaged copy.</summary>
    public static byte[] Of(byte[] whole, int seed)
    {
        // A generator that is seeded gives the same numbers in every version of .NET.
        var random = new Random(seed);
        byte[] bytes = [.. whole];
        int changes = 1 + random.Next(MaxChanges);
        for (int i = 0; i < changes && bytes.Length > MaxRun; i++)
        {
            bytes = Change(bytes, random);
        }

        return bytes;
    }

    private static byte[] Change(byte[] bytes, Random random)
    {
        int at = Place(bytes.Length, random);
        int chunk = Math.Min(1 + random.Next(MaxChunk), bytes.Length - at);
        Span<byte> run = bytes.AsSpan(at, Math.Min(1 + random.Next(MaxRun), bytes.Length - at));
        switch (random.Next(8))
        {
            case 0:
                run[0] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                random.NextBytes(run);
                return bytes;
            case 2:
                run.Fill(random.Next(2) == 0 ? (byte)0 : (byte)0xFF);
                return bytes;
            case 3:
                return [.. bytes[..at], .. bytes[(at + chunk)..]];
            case 4:
                return [.. bytes[..(at + chunk)], .. bytes[at..]];
            case 5:
                return Swap(bytes, at, Place(bytes.Length, random), chunk);
            case 6:
                return bytes[..(1 + random.Next(bytes.Length - 1))];
            default:
                SetLength(bytes.AsSpan(Math.Min(at, bytes.Length - sizeof(uint))), random);
                return bytes;
        }
    }

    private static int Place(int length, Random random)
    {
        int near = random.Next(Math.Min(HeadBytes, length));
        return random.Next(4) switch
        {
            0 => near,
            1 => length - 1 - near,
            _ => random.Next(length),
        };
    }

    private static byte[] Swap(byte[] bytes, int first, int second, int length)
    {
        int count = Math.Min(length, bytes.Length - Math.Max(first, second));
        byte[] kept = bytes[first..(first + count)];
        bytes.AsSpan(second, count).CopyTo(bytes.AsSpan(first));
        kept.CopyTo(bytes, second);
        return bytes;
    }

    private static void SetLength(Span<byte> at, Random random)
    {
        uint before = BinaryPrimitives.ReadUInt32BigEndian(at);
        uint value = random.Next(3) switch
        {
            0 => before + 1,
            1 => before - 1,
            _ => Extremes[random.Next(Extremes.Length)],
        };
        BinaryPrimitives.WriteUInt32BigEndian(at, value);
    }
}
