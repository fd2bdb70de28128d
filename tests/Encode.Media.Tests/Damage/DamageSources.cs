using Encode.TestKit;

namespace Encode.Media.Tests.Damage;

/// <summary>Whole files that are damaged: one a container, each also of another codec, and small, so that most of their bytes matter.</summary>
internal static class DamageSources
{
    /// <summary>Sources from the first on that are also truncated: one of each container.</summary>
    public const int Truncated = 10;

    private const string Film = "-f lavfi -i testsrc2=size=64x48:rate=25:duration=0.6 -f lavfi -i sine=sample_rate=32000:duration=0.6";
    private const string H264 = "-c:v libx264 -preset veryfast -g 8 -pix_fmt yuv420p";

    private static readonly (string Name, string Arguments)[] Recipes =
    [
        ("damage-index-first.mp4", $"{Film} {H264} -c:a aac -movflags +faststart"),
        ("damage-index-last.mp4", $"{Film} {H264} -c:a aac"),
        ("damage-fragments.mp4", $"{Film} {H264} -c:a aac -movflags +frag_keyframe+empty_moov"),
        ("damage.mkv", $"{Film} {H264} -c:a flac"),
        ("damage.ts", $"{Film} {H264} -c:a aac"),
        ("damage.flv", $"{Film} {H264} -c:a aac"),
        ("damage.avi", $"{Film} -c:v mpeg4 -c:a libmp3lame"),
        ("damage.mxf", $"{Film} -c:v mpeg2video -c:a pcm_s16le -ar 48000"),
        ("damage.ogg", $"{Film} -c:v libvpx -deadline realtime -b:v 200k -c:a libopus -ar 48000"),
        ("damage.mpg", $"{Film} -c:v mpeg2video -c:a mp2 -f vob"),
        ("damage.webm", $"{Film} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -pix_fmt yuv420p -c:a libopus -ar 48000"),
        ("damage-hevc.mkv", $"{Film} -c:v libx265 -preset superfast -x265-params log-level=error -pix_fmt yuv420p10le -c:a ac3"),
        ("damage-av1.mp4", "-f lavfi -i testsrc2=size=64x64:rate=25:duration=0.6 -c:v libsvtav1 -preset 12 -pix_fmt yuv420p"),
        ("damage-prores.mov", $"{Film} -c:v prores_ks -profile:v proxy -c:a alac"),
        ("damage-mjpeg.mov", $"{Film} -c:v mjpeg -q:v 8 -c:a pcm_mulaw"),
        ("damage-ffv1.mkv", $"{Film} -frames:v 6 -c:v ffv1 -pix_fmt yuv422p -c:a vorbis -strict -2 -ac 2"),
        ("damage-fields.ts", $"{Film} -vf tinterlace=mode=interleave_top -c:v mpeg2video -flags +ilme+ildct -c:a ac3"),
        ("damage.h264", $"{Film} -map 0:v {H264}"),
        ("damage.ivf", $"{Film} -map 0:v -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -pix_fmt yuv420p"),
        ("damage-eac3.mp4", $"{Film} {H264} -c:a eac3"),
        ("damage-truehd.mkv", $"{Film} {H264} -c:a truehd -strict -2 -ar 48000 -ac 2"),
    ];

    /// <summary>The sources' names and bytes.</summary>
    public static readonly Lazy<(string Name, byte[] Bytes)[]> All =
        new(() => [.. Recipes.Select(recipe => (recipe.Name, File.ReadAllBytes(MediaSources.Make(recipe.Name, recipe.Arguments))))]);
}
