using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>Pictures made of two fields, of either order, in every codec here that has them.</summary>
internal static class FieldCases
{
    private const string Deinterlace = "-vf bwdif=mode=send_frame:parity=auto:deint=interlaced";
    private const string Fields = "tinterlace=mode=interleave_top,setfield=tff";
    private const string BottomFirst = "tinterlace=mode=interleave_bottom,setfield=bff";

    public static readonly ConformanceCase[] All =
    [
        Interlaced("tff-h264.mp4", Fields, "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -flags +ilme+ildct -x264-params tff=1"),
        Interlaced("bff-h264.mkv", BottomFirst, "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -flags +ilme+ildct -x264-params bff=1"),
        Interlaced("tff-mbaff-b-frames.ts", Fields, "-c:v libx264 -preset medium -pix_fmt yuv420p -flags +ilme+ildct -x264-params tff=1"),
        Interlaced("tff-mpeg2.ts", Fields, "-c:v mpeg2video -q:v 2 -flags +ilme+ildct"),
        Interlaced("bff-mpeg2.mpg", BottomFirst, "-c:v mpeg2video -q:v 2 -flags +ilme+ildct -f vob"),
        Interlaced("tff-mpeg2.mxf", Fields, "-c:v mpeg2video -q:v 2 -flags +ilme+ildct"),
        Interlaced("tff-prores.mov", Fields, "-c:v prores_ks -flags +ildct"),
        Interlaced("tff-mpeg4.avi", Fields, "-c:v mpeg4 -q:v 2 -flags +ilme+ildct"),
        Interlaced("tff-ffv1.mkv", Fields, "-c:v ffv1"),
        Interlaced("tff-raw.mov", Fields, "-vf format=uyvy422 -c:v rawvideo"),
        Interlaced("tff-dnxhd.mov", Fields, "-c:v dnxhd -b:v 120M -flags +ildct", "1920x1080"),
        Case("telecine.mkv", $"{Picture("24000/1001")} -vf telecine=pattern=23,setfield=tff -c:v ffv1 -pix_fmt yuv420p") with { Rate = "30000/1001", Reference = Deinterlace },
        Case("progressive-in-interlaced.mp4", $"{Picture("25")} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -x264-params fake-interlaced=1") with { Reference = Deinterlace },
    ];

    private static ConformanceCase Interlaced(string name, string filter, string encoder, string size = "128x96")
    {
        string filters = encoder.StartsWith("-vf ", StringComparison.Ordinal) ? $"{filter},{encoder.Split(' ')[1]}" : $"{filter},format={(encoder.Contains("prores", StringComparison.Ordinal) ? "yuv422p10le" : encoder.Contains("dnxhd", StringComparison.Ordinal) ? "yuv422p" : "yuv420p")}";
        string rest = encoder.StartsWith("-vf ", StringComparison.Ordinal) ? string.Join(' ', encoder.Split(' ')[2..]) : encoder;
        return Case(name, $"{Picture("50", size.Length > 7 ? "0.3" : "1", size)} -vf {filters} {rest}") with { Reference = size.Length > 7 ? $"{Deinterlace},scale=1024:576" : Deinterlace };
    }
}
