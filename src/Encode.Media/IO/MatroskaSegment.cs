using System.Buffers.Binary;

namespace Encode.Media.IO;

/// <summary>
/// Where the segment of a Matroska file says that it ends. Writers put the size in when they finish, so that a finished file that is
/// shorter was cut; one that was never finished, such as a live recording, states no size (RFC 8794 section 6, RFC 9559 section 5.1).
/// </summary>
internal static class MatroskaSegment
{
    /// <summary>Bytes at the start within which the segment's own head must stand; it follows a header of some forty bytes.</summary>
    private const int HeadBytes = 4096;

    private const uint HeaderId = 0x1A45DFA3;
    private const uint SegmentId = 0x18538067;
    private const int IdBytes = 4;

    /// <summary>Offset of the first byte after the segment; null when it is not stated.</summary>
    public static long? StatedEnd(MediaInput input, CancellationToken stop)
    {
        byte[] head = input.ReadHead(HeadBytes, stop);
        if (IdAt(head, 0) != HeaderId || SizeAt(head, IdBytes) is not { } header || header.Value is not { } headerBytes || headerBytes > HeadBytes)
        {
            return null;
        }

        int segment = IdBytes + header.Bytes + (int)headerBytes;
        if (IdAt(head, segment) != SegmentId || SizeAt(head, segment + IdBytes) is not { } size)
        {
            return null;
        }

        return segment + IdBytes + size.Bytes + size.Value;
    }

    private static uint? IdAt(ReadOnlySpan<byte> head, int offset) =>
        offset + IdBytes <= head.Length ? BinaryPrimitives.ReadUInt32BigEndian(head[offset..]) : null;

    /// <summary>A size: its first byte's leading zeros count the bytes that follow; all ones after them mean "not known".</summary>
    private static (int Bytes, long? Value)? SizeAt(ReadOnlySpan<byte> head, int offset)
    {
        if (offset >= head.Length || head[offset] == 0)
        {
            return null;
        }

        int bytes = int.CreateChecked(byte.LeadingZeroCount(head[offset])) + 1;
        if (offset + bytes > head.Length)
        {
            return null;
        }

        long unknown = (1L << (7 * bytes)) - 1;
        long value = head[offset];
        for (int i = 1; i < bytes; i++)
        {
            value = (value << 8) | head[offset + i];
        }

        value &= unknown;
        return (bytes, value == unknown ? null : value);
    }
}
