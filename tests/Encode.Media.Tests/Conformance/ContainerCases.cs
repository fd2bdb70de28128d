using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>Every container, with picture and sound where it holds both.</summary>
internal static class ContainerCases
{
    private const string Mp4 = $"{H264} -c:a aac";
    private const string Mpeg2 = "-c:v mpeg2video -q:v 2 -c:a mp2";

    public static readonly ConformanceCase[] All =
    [
        Case("index-last.mp4", $"{Film} {Mp4}"),
        Case("index-first.mp4", $"{Film} {Mp4} -movflags +faststart"),
        Case("fragments.mp4", $"{Film} {Mp4} -movflags +frag_keyframe+empty_moov"),
        Case("fragments-many.mp4", $"{Film} {Mp4} -g 5 -movflags +frag_keyframe+empty_moov+default_base_moof"),
        Case("film.mov", $"{Film} {H264} -c:a pcm_s16le"),
        Case("film.3gp", $"{Film} {Mp4}"),
        Case("film.mkv", $"{Film} {Mp4}"),
        Case("live.mkv", $"{Film} {Mp4} -live 1"),
        Case("film.webm", $"{Film} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv420p -c:a libopus"),
        Case("film.ts", $"{Film} {Mp4}"),
        Case("film.m2ts", $"{Film} {H264} -c:a ac3 -mpegts_m2ts_mode 1"),
        Case("film.mpg", $"{Film} {Mpeg2} -f vob"),
        Case("film.flv", $"{Film} {Mp4}"),
        Case("film.avi", $"{Film} -c:v mpeg4 -q:v 2 -c:a libmp3lame"),
        Case("film.mxf", $"{Film} -c:v mpeg2video -q:v 2 -c:a pcm_s16le"),
        Case("film.ogg", $"{Film} -c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -c:a libopus"),
        Case("picture.ivf", $"{Picture("25")} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv420p"),
        Case("picture.obu", $"{Picture("25")} -c:v libsvtav1 -preset 12 -pix_fmt yuv420p"),
        Case("picture.y4m", $"{Picture("25")} -f yuv4mpegpipe -pix_fmt yuv420p"),
        Case("titled.mkv", $"{Film} {Mp4} -metadata title=Film -metadata:s:a language=deu -metadata comment=none"),
        Case("two-sounds.mkv", $"{Film} {Tone(44100)} -map 0:v -map 1:a -map 2:a {Mp4}"),
    ];
}
