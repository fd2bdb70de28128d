using System.Buffers.Binary;
using System.Numerics;

namespace Encode.Media.Segments;

/// <summary>CRC-32C (RFC 3720, appendix B.4), which processors have an instruction for.</summary>
internal static class Checksum
{
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        uint crc = ~before;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
