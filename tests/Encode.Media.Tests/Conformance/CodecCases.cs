using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>Every codec of pictures that the engine reads and the tools can make, in its profiles.</summary>
internal static class CodecCases
{
    private static readonly (string Name, string Arguments)[] Codecs =
    [
        ("h264-baseline.mp4", "-c:v libx264 -profile:v baseline -pix_fmt yuv420p"),
        ("h264-high.mkv", "-c:v libx264 -preset veryfast -pix_fmt yuv420p"),
        ("h264-high10.mkv", "-c:v libx264 -preset veryfast -pix_fmt yuv420p10le"),
        ("h264-422.mp4", "-c:v libx264 -preset veryfast -pix_fmt yuv422p"),
        ("h264-444.mp4", "-c:v libx264 -preset veryfast -pix_fmt yuv444p"),
        ("h264-lossless.mkv", "-c:v libx264 -preset ultrafast -qp 0 -pix_fmt yuv420p"),
        ("h264-slices.ts", "-c:v libx264 -preset veryfast -x264-params slices=4 -pix_fmt yuv420p"),
        ("h264-grey.mp4", "-c:v libx264 -preset veryfast -pix_fmt gray"),
        ("hevc-main.mp4", "-c:v libx265 -preset superfast -x265-params log-level=error -pix_fmt yuv420p"),
        ("hevc-main10.mkv", "-c:v libx265 -preset superfast -x265-params log-level=error -pix_fmt yuv420p10le"),
        ("hevc-main12.mkv", "-c:v libx265 -preset superfast -x265-params log-level=error -pix_fmt yuv420p12le"),
        ("hevc-422.mkv", "-c:v libx265 -preset superfast -x265-params log-level=error -pix_fmt yuv422p10le"),
        ("hevc-444.mkv", "-c:v libx265 -preset superfast -x265-params log-level=error -pix_fmt yuv444p"),
        ("av1.mp4", "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p"),
        ("av1-10.mkv", "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p10le"),
        ("vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M"),
        ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv420p"),
        ("vp9-444.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv444p"),
        ("vp9-10.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv420p10le"),
        ("vp9-hidden-frames.webm", "-c:v libvpx-vp9 -deadline good -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -b:v 1M -pix_fmt yuv420p"),
        ("mpeg1.mpg", "-c:v mpeg1video -q:v 2 -f vob"),
        ("mpeg2.ts", "-c:v mpeg2video -q:v 2 -bf 2"),
        ("mpeg2-422.mkv", "-c:v mpeg2video -q:v 2 -pix_fmt yuv422p"),
        ("mpeg4.mp4", "-c:v mpeg4 -q:v 2"),
        ("mjpeg.avi", "-c:v mjpeg -q:v 2"),
        ("mjpeg-422.mov", "-c:v mjpeg -q:v 2 -pix_fmt yuvj422p"),
        ("prores-proxy.mov", "-c:v prores_ks -profile:v proxy"),
        ("prores-hq.mov", "-c:v prores_ks -profile:v hq"),
        ("prores-4444.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"),
        ("dnxhr-hq.mov", "-c:v dnxhd -profile:v dnxhr_hq -pix_fmt yuv422p -vf scale=256:144"),
        ("dnxhr-444.mov", "-c:v dnxhd -profile:v dnxhr_444 -pix_fmt yuv444p10le -vf scale=256:144"),
        ("v210.mov", "-c:v v210 -pix_fmt yuv422p10le"),
        ("ffv1-slices.mkv", "-c:v ffv1 -level 3 -slices 4 -pix_fmt yuv420p"),
        ("raw.avi", "-c:v rawvideo -pix_fmt yuv420p"),
    ];

    public static readonly ConformanceCase[] All =
    [
        .. Codecs.Select(codec => Case($"codec-{codec.Name}", $"{Picture("25", "0.6")} {codec.Arguments}")),
        Case("codec-h263.3gp", $"{Picture("25", "0.6", "128x96")} -c:v h263 -q:v 2"),
    ];
}
