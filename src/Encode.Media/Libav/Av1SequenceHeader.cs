using System.Globalization;

namespace Encode.Media.Libav;

/// <summary>
/// Profile, level and tier of AV1, from its sequence header (AV1 Bitstream Specification, section 5.5.1), which encoders hand out bare or inside an
/// <c>av1C</c> record (AV1 codec ISO media file format binding, section 2.3).
/// </summary>
internal static class Av1SequenceHeader
{
    private const byte RecordMarker = 0x81;
    private const int RecordBytes = 4;
    private const int SequenceHeaderType = 1;

    /// <summary>Level 4.0, which every decoder of HD has: what is said when the header cannot be read.</summary>
    private const int FallbackLevel = 8;

    /// <summary>From this level on a tier is coded.</summary>
    private const int FirstTieredLevel = 8;

    /// <summary>The name in manifests (section 5 of the binding).</summary>
    /// <param name="extradata">The encoder's or the container's.</param>
    /// <param name="bitDepth">Bits a sample.</param>
    public static string CodecString(ReadOnlySpan<byte> extradata, int bitDepth)
    {
        (int profile, int level, bool isHigh) = Read(extradata.Length > RecordBytes && extradata[0] == RecordMarker ? extradata[RecordBytes..] : extradata);
        return string.Create(CultureInfo.InvariantCulture, $"av01.{profile}.{level:00}{(isHigh ? 'H' : 'M')}.{bitDepth:00}");
    }

    private static (int Profile, int Level, bool IsHigh) Read(ReadOnlySpan<byte> obu)
    {
        if (obu.Length < 4 || ((obu[0] >> 3) & 0xF) != SequenceHeaderType)
        {
            return (0, FallbackLevel, false);
        }

        int start = 1 + ((obu[0] >> 2) & 1);
        if ((obu[0] & 2) != 0)
        {
            while (start < obu.Length && (obu[start] & 0x80) != 0)
            {
                start++;
            }

            start++;
        }

        return start < obu.Length ? ReadPayload(obu[start..]) : (0, FallbackLevel, false);
    }

    private static (int Profile, int Level, bool IsHigh) ReadPayload(ReadOnlySpan<byte> payload)
    {
        int position = 0;
        int profile = Bits(payload, ref position, 3);
        bool isStill = Bits(payload, ref position, 2) == 3;
        if (isStill)
        {
            return (profile, Bits(payload, ref position, 5), false);
        }

        bool hasTiming = Bits(payload, ref position, 1) == 1;
        if (hasTiming)
        {
            return (profile, FallbackLevel, false);
        }

        // initial_display_delay_present_flag, operating_points_cnt_minus_1, operating_point_idc[0]
        Bits(payload, ref position, 1 + 5 + 12);
        int level = Bits(payload, ref position, 5);
        return (profile, level, level >= FirstTieredLevel && Bits(payload, ref position, 1) == 1);
    }

    private static int Bits(ReadOnlySpan<byte> bytes, ref int position, int count)
    {
        int value = 0;
        for (int i = 0; i < count; i++, position++)
        {
            int bit = position / 8 < bytes.Length ? (bytes[position / 8] >> (7 - (position % 8))) & 1 : 0;
            value = (value << 1) | bit;
        }

        return value;
    }
}
