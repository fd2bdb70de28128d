using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>Every layout of a picture in memory: chroma positions, bit depths, grey, RGB, alpha; odd sizes and pixels that are not square.</summary>
internal static class PictureCases
{
    private static readonly string[] InFfv1 =
    [
        "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p",
        "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv440p10le",
        "yuv420p12le", "yuv422p12le", "yuv444p12le", "yuv440p12le",
        "yuv420p16le", "yuv444p16le", "yuva420p", "yuva444p", "yuva422p10le",
        "gray", "gray10le", "gray12le", "gray16le", "bgr0", "bgra", "gbrp9le", "gbrp10le", "gbrp12le", "gbrp16le", "rgb48le",
    ];

    private static readonly string[] InRawVideo = ["rgb24", "bgr24", "rgb555le", "uyvy422", "yuyv422", "nv12"];

    public static readonly ConformanceCase[] All =
    [
        .. InFfv1.Select(format => Case($"pixels-{format}.mkv", $"{Picture("25", "0.4")} -vf format={format} -c:v ffv1")),
        .. InRawVideo.Select(format => Case($"raw-{format}.{(format is "rgb24" or "uyvy422" ? "mov" : format.Contains("gr", StringComparison.Ordinal) || format == "rgb555le" ? "avi" : "mkv")}", $"{Picture("25", "0.4")} -vf format={format} -c:v rawvideo")),
        Case("pixels-gbrp.mkv", $"{Picture("25", "0.4")} -vf format=gbrp -c:v libx265 -preset ultrafast -x265-params log-level=error"),
        Case("pixels-yuvj420p.mov", $"{Picture("25", "0.4")} -vf format=yuvj420p -c:v mjpeg"),
        Case("pixels-yuvj444p.avi", $"{Picture("25", "0.4")} -vf format=yuvj444p -c:v mjpeg"),
        Case("size-odd.mkv", $"{Picture("25", "0.4", "127x71")} -vf format=yuv420p -c:v ffv1") with { Reference = "-vf scale=128:72,setsar=1" },
        Case("size-tiny.mkv", $"{Picture("25", "0.4", "16x16")} -vf format=yuv420p -c:v ffv1"),
        Case("size-portrait.mkv", $"{Picture("25", "0.4", "72x128")} -vf format=yuv420p -c:v ffv1"),
        Case("pixels-wide.mp4", $"{Picture("25", "0.4")} -vf setsar=4/3 {H264}") with { Reference = "-vf scale=170:72,setsar=1" },
        Case("unsaid.mkv", $"{UnsaidPicture("25", "0.4")} -vf format=yuv420p -c:v ffv1"),
        Case("unsaid.mp4", $"{UnsaidPicture("25", "0.4")} -c:v libx264 -preset ultrafast -pix_fmt yuv420p"),
        Case("unsaid-625.mkv", $"{UnsaidPicture("25", "0.2", "720x576")} -vf format=yuv420p -c:v ffv1"),
        Case("unsaid-720.mkv", $"{UnsaidPicture("25", "0.1", "1024x720")} -vf format=yuv420p -c:v ffv1"),
    ];
}
