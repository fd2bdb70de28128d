using System.Globalization;
using System.Text;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// The name of a coded format as manifests give it (RFC 6381; ISO/IEC 14496-15 annex E for H.264 and HEVC; the AV1 codec ISO media file format
/// binding, section 5), read from the parameter sets that an encoder or container keeps in <c>extradata</c>.
/// </summary>
internal static unsafe class CodecString
{
    private const int HevcSpsType = 33;
    private const int AvcSpsType = 7;

    /// <summary>Names a track's format.</summary>
    public static string Of(AVCodecParameters* parameters) => parameters->codec_id switch
    {
        AVCodecID.AV_CODEC_ID_H264 => Avc(Sps(parameters, AvcSpsType, isHevc: false)),
        AVCodecID.AV_CODEC_ID_HEVC => Hevc(Sps(parameters, HevcSpsType, isHevc: true)),
        AVCodecID.AV_CODEC_ID_AV1 => Av1SequenceHeader.CodecString(new ReadOnlySpan<byte>(parameters->extradata, parameters->extradata_size), DepthOf(parameters)),
        // MPEG-4's audio object types are libav's profiles and one.
        AVCodecID.AV_CODEC_ID_AAC => string.Create(CultureInfo.InvariantCulture, $"mp4a.40.{(parameters->profile >= 0 ? parameters->profile + 1 : 2)}"),
        AVCodecID.AV_CODEC_ID_OPUS => "opus",
        AVCodecID.AV_CODEC_ID_AC3 => "ac-3",
        AVCodecID.AV_CODEC_ID_EAC3 => "ec-3",
        _ => LibavError.Text(ffmpeg.avcodec_descriptor_get(parameters->codec_id)->name),
    };

    /// <summary>profile_idc, constraint flags and level_idc are the first three bytes of the set.</summary>
    private static string Avc(ReadOnlySpan<byte> sps) => sps.Length < 4 ? "avc1.640028" : string.Create(CultureInfo.InvariantCulture, $"avc1.{sps[1]:X2}{sps[2]:X2}{sps[3]:X2}");

    /// <summary>After two bytes of NAL header and one of ids: profile space, tier and idc; compatibility flags; six bytes of constraints; level.</summary>
    private static string Hevc(ReadOnlySpan<byte> sps)
    {
        if (sps.Length < 15)
        {
            return "hvc1";
        }

        int profile = sps[3];
        uint reversed = 0;
        for (int bit = 0; bit < 32; bit++)
        {
            reversed |= (uint)((sps[4 + (bit / 8)] >> (7 - (bit % 8))) & 1) << bit;
        }

        var text = new StringBuilder("hvc1.");
        text.Append(profile >> 6 == 0 ? string.Empty : ((char)('A' + (profile >> 6) - 1)).ToString());
        text.Append(CultureInfo.InvariantCulture, $"{profile & 0x1F}.{reversed:X}.{((profile & 0x20) == 0 ? 'L' : 'H')}{sps[14]}");
        int last = 13;
        while (last >= 8 && sps[last] == 0)
        {
            last--;
        }

        for (int i = 8; i <= last; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $".{sps[i]:X}");
        }

        return text.ToString();
    }

    private static int DepthOf(AVCodecParameters* parameters)
    {
        AVPixFmtDescriptor* descriptor = ffmpeg.av_pix_fmt_desc_get((AVPixelFormat)parameters->format);
        return descriptor is null ? 8 : descriptor->comp[0].depth;
    }

    /// <summary>The first parameter set of a type, from its NAL header on and without emulation prevention; empty when there is none.</summary>
    private static ReadOnlySpan<byte> Sps(AVCodecParameters* parameters, int type, bool isHevc)
    {
        var data = new ReadOnlySpan<byte>(parameters->extradata, parameters->extradata_size);
        for (int i = 0; i + 4 < data.Length; i++)
        {
            if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1 && TypeOf(data[i + 3], isHevc) == type)
            {
                return Unescape(data[(i + 3)..]);
            }
        }

        return [];
    }

    private static int TypeOf(byte header, bool isHevc) => isHevc ? (header >> 1) & 0x3F : header & 0x1F;

    private static byte[] Unescape(ReadOnlySpan<byte> nal)
    {
        const int Enough = 64;
        var bytes = new List<byte>(Enough);
        for (int i = 0; i < nal.Length && bytes.Count < Enough; i++)
        {
            bool isEscape = i >= 2 && nal[i] == 3 && nal[i - 1] == 0 && nal[i - 2] == 0;
            if (!isEscape)
            {
                bytes.Add(nal[i]);
            }
        }

        return [.. bytes];
    }
}
