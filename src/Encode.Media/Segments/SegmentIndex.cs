using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Segments;

/// <summary>
/// The form of the index: two slots, written in turn, each with a checksum. A write that a dying process or host left half done spoils the slot
/// of the cut before the last one, never the last one.
/// </summary>
internal static class SegmentIndex
{
    /// <summary>Renditions that a slot has room for.</summary>
    public const int MaxTracks = 64;

    private const int SlotBytes = 4096; // a page, so that a slot is written as a whole or not at all on most disks
    private const int FingerprintBytes = 32;
    private const int TrackBytes = 32;
    private const int HeadBytes = 16 + 8 + 8 + FingerprintBytes + 8;

    /// <summary>The newest cut that is whole; null when there is none.</summary>
    public static SegmentCut? Read(SafeFileHandle file)
    {
        byte[] slots = new byte[2 * SlotBytes];
        int length = 0;
        for (int count; length < slots.Length && (count = RandomAccess.Read(file, slots.AsSpan(length), length)) > 0;)
        {
            length += count;
        }

        SegmentCut? one = Parse(slots.AsSpan(0, SlotBytes));
        SegmentCut? other = Parse(slots.AsSpan(SlotBytes));
        return other is null || one?.Number > other.Number ? one : other;
    }

    /// <summary>Writes a cut into its slot and waits until it is on the disk.</summary>
    public static void Write(SafeFileHandle file, SegmentCut cut)
    {
        byte[] slot = new byte[SlotBytes];
        Span<byte> rest = slot;
        "ENCSEGIX"u8.CopyTo(rest);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], TrackFile.Version);
        BinaryPrimitives.WriteInt32LittleEndian(rest[12..], cut.Tracks.Count);
        BinaryPrimitives.WriteInt64LittleEndian(rest[16..], cut.Number);
        BinaryPrimitives.WriteInt64LittleEndian(rest[24..], cut.Time);
        cut.Fingerprint.CopyTo(rest[32..]);
        for (int i = 0; i < cut.Tracks.Count; i++)
        {
            Span<byte> track = rest[(HeadBytes + (i * TrackBytes))..];
            BinaryPrimitives.WriteInt64LittleEndian(track, cut.Tracks[i].Bytes);
            BinaryPrimitives.WriteInt64LittleEndian(track[8..], cut.Tracks[i].Packets);
            BinaryPrimitives.WriteInt64LittleEndian(track[16..], cut.Tracks[i].Pts);
            BinaryPrimitives.WriteInt64LittleEndian(track[24..], cut.Tracks[i].HasFields ? 1 : 0);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(rest[(SlotBytes - sizeof(uint))..], Checksum.Of(slot.AsSpan(0, SlotBytes - sizeof(uint))));
        RandomAccess.Write(file, slot, cut.Number % 2 * SlotBytes);
        RandomAccess.FlushToDisk(file);
    }

    private static SegmentCut? Parse(ReadOnlySpan<byte> slot)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(slot[12..]);
        bool whole = slot[..8].SequenceEqual("ENCSEGIX"u8)
            && BinaryPrimitives.ReadInt32LittleEndian(slot[8..]) == TrackFile.Version
            && count is > 0 and <= MaxTracks
            && BinaryPrimitives.ReadUInt32LittleEndian(slot[(SlotBytes - sizeof(uint))..]) == Checksum.Of(slot[..(SlotBytes - sizeof(uint))]);
        if (!whole)
        {
            return null;
        }

        List<SegmentCut.Track> tracks = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> track = slot[(HeadBytes + (i * TrackBytes))..];
            tracks.Add(new(
                BinaryPrimitives.ReadInt64LittleEndian(track),
                BinaryPrimitives.ReadInt64LittleEndian(track[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(track[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(track[24..]) != 0));
        }

        return new(BinaryPrimitives.ReadInt64LittleEndian(slot[16..]), BinaryPrimitives.ReadInt64LittleEndian(slot[24..]), slot[32..(32 + FingerprintBytes)].ToArray(), tracks);
    }
}
