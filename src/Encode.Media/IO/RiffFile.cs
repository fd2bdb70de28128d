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
        Span<byte> head = stackalloc byte[HeadBytes];
        for (int filled = 0; filled < HeadBytes;)
        {
            int count = input.ReadAt(filled, head[filled..], stop);
            if (count <= 0)
            {
                return null;
            }

            filled += count;
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[SizeAt..]);
        bool isAvi = head[..SizeAt].SequenceEqual("RIFF"u8) && head[FormAt..].SequenceEqual("AVI "u8);
        return isAvi && size is not (0 or uint.MaxValue) ? FormAt + (long)size : null;
    }
}
