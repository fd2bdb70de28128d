using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>DVB subtitles as transport streams carry them (ETSI EN 300 743, section 6).</summary>
internal static unsafe class DvbSubtitle
{
    private const byte DataIdentifier = 0x20;
    private const byte StreamIdentifier = 0x00;
    private const byte SegmentSync = 0x0F;
    private const byte PageComposition = 0x10;
    private const byte EndMarker = 0xFF;

    /// <summary>Bytes of a segment before its data.</summary>
    private const int Header = 6;

    /// <summary>
    /// Leaves the segments alone, which is what muxers take: they put the frame around them themselves. Without a parser, which this build has not,
    /// libav's demuxer hands the frame on.
    /// </summary>
    public static void Unwrap(AVPacket* packet)
    {
        if (packet->size < 3 || packet->data[0] != DataIdentifier || packet->data[1] != StreamIdentifier || packet->data[2] != SegmentSync)
        {
            return;
        }

        int end = SegmentsEnd(new ReadOnlySpan<byte>(packet->data, packet->size));
        packet->data += 2;
        packet->size = end - 2;
    }

    /// <summary>How long a page is shown if no other comes, in seconds (EN 300 743, section 7.2.2); the longest that can be said where it says nothing.</summary>
    public static int TimeOutOf(AVPacket* packet)
    {
        ReadOnlySpan<byte> data = new(packet->data, packet->size);
        int at = data.Length > 2 && data[0] == DataIdentifier && data[1] == StreamIdentifier ? 2 : 0;
        for (int next; (next = NextOf(data, at)) > at; at = next)
        {
            if (data[at + 1] == PageComposition && next > at + Header)
            {
                return data[at + Header];
            }
        }

        return byte.MaxValue;
    }

    /// <summary>Where the segment ends that begins somewhere: a sync byte, a type, a page and a length, and so many bytes. The same place where no whole one begins.</summary>
    private static int NextOf(ReadOnlySpan<byte> data, int at)
    {
        if (at + Header > data.Length || data[at] != SegmentSync)
        {
            return at;
        }

        int next = at + Header + ((data[at + 4] << 8) | data[at + 5]);
        return next <= data.Length ? next : at;
    }

    /// <summary>What follows the last segment is the end marker and stuffing.</summary>
    private static int SegmentsEnd(ReadOnlySpan<byte> data)
    {
        int at = 2;
        for (int next; (next = NextOf(data, at)) > at; at = next)
        {
        }

        // A segment that is cut goes on in the next packet of some streams: then all of this one is kept.
        return at < data.Length && data[at] != EndMarker ? data.Length : at;
    }
}
