namespace Encode.Media.Segments;

/// <summary>
/// The form of a rendition's file. All numbers are little-endian; structures of side data are the library's own, which the fingerprint of a cut
/// vouches for.
///
///     "ENCSEGTR", version, length and checksum of what follows: how the packets are coded (see <see cref="TrackHeader"/>)
///     packets in coding order, each: checksum of the rest, bytes, side data, flags, pts, dts, duration; side data; bytes
/// </summary>
internal static class TrackFile
{
    /// <summary>Version of both forms; another one's files are begun anew.</summary>
    public const int Version = 1;

    /// <summary>Bytes of a file before what describes its coding.</summary>
    public const int PrologueBytes = 8 + 4 + 4 + 4;

    /// <summary>Bytes before a packet's side data.</summary>
    public const int PacketHeadBytes = 16 + (3 * sizeof(long));

    /// <summary>Bytes before each piece of side data: type and length.</summary>
    public const int SideHeadBytes = 8;

    /// <summary>Longest packet, and description, that is believed: a picture of 16K at the highest quality has less.</summary>
    public const int MaxBytes = 256 << 20;

    /// <summary>Pieces of side data of a packet.</summary>
    public const int MaxSideData = 64;

    public static ReadOnlySpan<byte> Magic => "ENCSEGTR"u8;
}
