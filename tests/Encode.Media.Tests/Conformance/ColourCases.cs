using System.Globalization;
using Encode.Contracts.Scenarios;
using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>What colours mean: every matrix, both ranges, and HDR kept in 10 bit with its metadata.</summary>
internal static class ColourCases
{
    private const string Pq = "colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084";
    private const string Hlg = "colorspace=bt2020nc:color_primaries=bt2020:color_trc=arib-std-b67";
    private const string Wide = "colorspace=bt2020nc:color_primaries=bt2020:color_trc=bt2020-10";
    private const string Light = "-x265-params log-level=error:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400";

    private static readonly (string Name, string Parameters)[] Spaces =
    [
        ("bt709", "colorspace=bt709:color_primaries=bt709:color_trc=bt709"),
        ("bt601-625", "colorspace=bt470bg:color_primaries=bt470bg:color_trc=bt470bg"),
        ("bt601-525", "colorspace=smpte170m:color_primaries=smpte170m:color_trc=smpte170m"),
        ("smpte240m", "colorspace=smpte240m:color_primaries=smpte240m:color_trc=smpte240m"),
        ("srgb", "colorspace=bt709:color_primaries=bt709:color_trc=iec61966-2-1"),
        ("fcc", "colorspace=fcc:color_primaries=bt470m:color_trc=bt470m"),
    ];

    public static readonly ConformanceCase[] All =
    [
        .. from space in Spaces
           from range in (string[])["tv", "pc"]
           select Case($"colour-{space.Name}-{range}.mkv", $"{Picture("25", "0.4")} -vf format=yuv420p,setparams=range={range}:{space.Parameters} -c:v ffv1"),
        Case("colour-part.mkv", $"{Picture("25", "0.4")} -vf format=yuv420p,setparams=color_primaries=bt709 -c:v ffv1"),
        TenBit("colour-bt2020.mkv", $"-vf format=yuv420p10le,setparams=range=tv:{Wide} -c:v ffv1"),
        TenBit("hdr-pq.mkv", $"-vf format=yuv420p10le,setparams=range=tv:{Pq} -c:v ffv1"),
        TenBit("hdr-hlg.mkv", $"-vf format=yuv420p10le,setparams=range=tv:{Hlg} -c:v ffv1"),
        TenBit("hdr-pq-light.mp4", $"-vf format=yuv420p10le,setparams=range=tv:{Pq} -c:v libx265 -preset ultrafast {Light}"),
        TenBit("hdr-pq-light.ts", $"-vf format=yuv420p10le,setparams=range=tv:{Pq} -c:v libx265 -preset ultrafast {Light}"),
        TenBit("hdr-pq-light.mkv", $"-vf format=yuv420p10le,setparams=range=tv:{Pq} -c:v libx265 -preset ultrafast {Light}"),
        TenBit("hdr-hlg.mp4", $"-vf format=yuv420p10le,setparams=range=tv:{Hlg} -c:v libx265 -preset ultrafast -x265-params log-level=error"),
        TenBit("hdr-pq-422.mov", $"-vf format=yuv422p10le,setparams=range=tv:{Pq} -c:v prores_ks"),
        TenBit("ten-bit-of-eight.mkv", "-vf format=yuv420p -c:v ffv1"),
        ToSdr("hdr-pq-to-sdr.mkv", Pq, "smpte2084", 10_000),
        ToSdr("hdr-hlg-to-sdr.mkv", Hlg, "arib-std-b67", 1_000),
        TenBit("hdr-pq-light-to-hevc.mp4", $"-vf format=yuv420p10le,setparams=range=tv:{Pq} -c:v libx265 -preset ultrafast {Light}") with
        {
            Encoder = "-c:v libx265 -preset ultrafast -crf 20 -threads 1 -x265-params scenecut=0:open-gop=0:log-level=error:pools=1:frame-threads=1 -tag:v hvc1",
            Change = video => video with { Codec = VideoCodec.Hevc, BitDepth = 10, Crf = 20 },
        },
    ];

    // Reference white is 203 cd/m2; what is brighter than that is bent, up to the transfer's own peak.
    private static ConformanceCase ToSdr(string name, string colours, string transfer, int peak) => Case(name, $"{Picture("25", "0.4")} -vf format=yuv420p10le,setparams=range=tv:chroma_location=left:{colours} -c:v ffv1") with
    {
        Reference = string.Create(
            CultureInfo.InvariantCulture,
            $"-vf zscale=tin={transfer}:pin=bt2020:min=bt2020nc:rin=tv:cin=left:t=linear:npl=203:p=bt709,format=gbrpf32le,tonemap=mobius:desat=0:peak={peak / 203.0:0.###},zscale=t=bt709:m=bt709:r=tv:c=left:d=ordered"),
    };

    private static ConformanceCase TenBit(string name, string arguments) => Case(name, $"{Picture("25", "0.4")} {arguments}") with
    {
        PixelFormat = "yuv420p10le",
        Change = video => video with { BitDepth = 10 },
    };
}
