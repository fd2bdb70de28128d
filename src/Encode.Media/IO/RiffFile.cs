using System.Buffers.Binary;

namespace Encode.Media.IO;

/// <summary>
/// Where an AVI file says that it ends: writers put the size of its first chunk in when they finish. Of a file of more than one chunk, which are larger than
/// 1 GB (OpenDML), that is where the first one ends.
/// </summary>
internal static class RiffFile
{
    private const int HeadBytes = 12;
    private const int SizeAt = 4;
    private const int FormAt = 8;

    /// <summary>Offset of the first byte after the first chunk; null when it is not stated, as in a file that was never finished.</summary>
    public static long? StatedEnd(MediaInput input, CancellationToken stop)
    {
        ReadOnlySpan<byte> head = input.ReadHead(HeadBytes, stop);
        if (head.Length < HeadBytes || !head.StartsWith("RIFF"u8) || !head.EndsWith("AVI "u8))
        {
            return null;
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[SizeAt..]);
        return size is not (0 or uint.MaxValue) ? FormAt + (long)size : null;
    }
}
