using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>Timestamps: varying, negative, huge, wrapping, missing, reordered, and streams that begin in the middle of something.</summary>
internal static class ClockCases
{
    private const string BFrames = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 10 -bf 3";

    private static readonly ConformanceCase OpenGop = Case("open-gop.mkv", $"{Film} {BFrames} -x264-params open-gop=1:b-pyramid=normal -c:a pcm_s16le");
    private static readonly ConformanceCase OpenGopHevc = Case("open-gop-hevc.mkv", $"{Film} -c:v libx265 -preset superfast -pix_fmt yuv420p -x265-params log-level=error:keyint=10:min-keyint=10:open-gop=1 -c:a pcm_s16le");
    private static readonly ConformanceCase Cut = Case("for-a-cut.mp4", $"{Picture("25", "2")} {Tone(48000, "2")} {BFrames} -c:a aac");

    public static readonly ConformanceCase[] All =
    [
        Case("varying.mkv", $"{Film} -vf select='not(mod(n,3))+not(mod(n,4))' -fps_mode vfr {H264} -c:a pcm_s16le"),
        Case("varying.mp4", $"{Film} -vf select='lt(n,8)+gt(n,16)' -fps_mode vfr {H264} -c:a aac"),
        Case("varying-60.mkv", $"{Picture("60")} -vf select='not(mod(n,2))+gt(random(0),0.6)' -fps_mode vfr {H264}") with { Rate = "60/1" },
        Case("negative.mov", $"{Film} {BFrames} -c:a pcm_s16le -output_ts_offset -0.4 -avoid_negative_ts disabled"),
        Case("negative.mp4", $"{Film} {BFrames} -c:a aac -output_ts_offset -0.4 -avoid_negative_ts disabled"),
        Case("hour.mkv", $"{Film} {BFrames} -c:a pcm_s16le -output_ts_offset 3600"),
        Case("day.ts", $"{Film} {BFrames} -c:a mp2 -output_ts_offset 86400"),
        Case("wraps.ts", $"{Film} {BFrames} -c:a mp2 -muxdelay 0 -output_ts_offset 95443.3"),
        Case("hour.mp4", $"{Film} {BFrames} -c:a aac -output_ts_offset 3600 -movflags +frag_keyframe+empty_moov"),
        Case("b-pyramid.mp4", $"{Film} {BFrames} -x264-params b-pyramid=strict:ref=4 -c:a aac"),
        Case("b-pyramid.ts", $"{Film} {BFrames} -x264-params b-pyramid=normal:ref=4 -c:a mp2"),
        Case("b-pyramid.avi", $"{Film} {BFrames} -x264-params b-pyramid=normal:ref=4 -c:a mp2"),
        Case("b-frames-mpeg4.avi", $"{Film} -c:v mpeg4 -q:v 2 -bf 2 -c:a mp2"),
        Case("no-times.h264", $"{Picture("25")} {BFrames}"),
        Case("no-times-30.h264", $"{Picture("30")} {BFrames}") with { Rate = "30/1" },
        Case("no-times.hevc", $"{Picture("25")} -c:v libx265 -preset superfast -pix_fmt yuv420p -x265-params log-level=error"),
        OpenGop,
        OpenGopHevc,
        From("open-gop-cut.mkv", OpenGop, "-ss 0.45", "-c copy"),
        From("open-gop-cut.ts", OpenGop, "-ss 0.45", "-c:v copy -c:a mp2"),
        From("open-gop-hevc-cut.mkv", OpenGopHevc, "-ss 0.45", "-c copy"),
        From("cut-between-keys.mp4", Cut, "-ss 0.55 -t 1", "-c copy"),
        From("cut-between-keys.mov", Cut, "-ss 0.55 -t 1", "-c copy"),
        Case("intra-refresh.mkv", $"{Film} -c:v libx264 -preset veryfast -pix_fmt yuv420p -x264-params intra-refresh=1:bframes=0 -c:a pcm_s16le"),
    ];
}
