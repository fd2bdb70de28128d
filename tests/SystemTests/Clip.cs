using System.Globalization;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>Makes small media files with our own ffmpeg, and asks our own ffprobe about others.</summary>
internal static class Clip
{
    /// <summary>A moving picture with a tone: H.264 and AAC in MP4.</summary>
    public static Task<string> MakeAsync(string path, string size = "640x360", string rate = "30", double seconds = 2) => FFmpegAsync(path,
        "-f", "lavfi", "-i", $"testsrc2=size={size}:rate={rate}", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
        "-t", seconds.ToString(CultureInfo.InvariantCulture), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart");

    /// <summary>Runs our ffmpeg to make one file.</summary>
    public static async Task<string> FFmpegAsync(string path, params string[] arguments)
    {
        (int code, string output) = await RunningProgram.RunAsync(
            Published.FFmpeg, ["-hide_banner", "-loglevel", "error", "-y", .. arguments, path], Limits.Job);
        Assert.True(code == 0, output);
        return path;
    }

    /// <summary>Asks ffprobe for one entry of the first video stream, such as <c>width</c>.</summary>
    public static Task<string> VideoAsync(string path, string entry) => ProbeAsync(path, "-select_streams", "v:0", "-show_entries", $"stream={entry}");

    /// <summary>Asks ffprobe for one entry of the first audio stream.</summary>
    public static Task<string> AudioAsync(string path, string entry) => ProbeAsync(path, "-select_streams", "a:0", "-show_entries", $"stream={entry}");

    /// <summary>Counts the frames of the first video stream by decoding all of them.</summary>
    public static async Task<long> CountFramesAsync(string path) =>
        long.Parse(await ProbeAsync(path, "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"), CultureInfo.InvariantCulture);

    /// <summary>Length of the first video stream in seconds.</summary>
    public static async Task<double> VideoSecondsAsync(string path) => double.Parse(await VideoAsync(path, "duration"), CultureInfo.InvariantCulture);

    private static async Task<string> ProbeAsync(string path, params string[] arguments)
    {
        (int code, string output) = await RunningProgram.RunAsync(
            Published.FFprobe, ["-hide_banner", "-loglevel", "error", "-of", "default=noprint_wrappers=1:nokey=1", .. arguments, path], Limits.Job);
        Assert.True(code == 0, output);
        return output.Trim();
    }
}
