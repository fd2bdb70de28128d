using System.Globalization;
using System.Text;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>What ffprobe and ffmpeg say about the packets of a file and about its frames.</summary>
internal static class MediaPackets
{
    /// <summary>Numbers of the key frames, counted in the order in which pictures are shown.</summary>
    public static int[] KeyFrames(string path)
    {
        (double Time, string Flags)[] packets =
        [
            .. Lines(path, "v:0", "packet=pts_time,flags").Select(line => line.Split(',')).Select(parts => (Number(parts[0]), parts[1])).OrderBy(packet => packet.Item1),
        ];
        return [.. Enumerable.Range(0, packets.Length).Where(index => packets[index].Flags.StartsWith('K'))];
    }

    /// <summary>Times of the key frames in seconds, in coding order.</summary>
    public static double[] KeyTimes(string path) =>
        [.. Lines(path, "v:0", "packet=pts_time,flags").Where(line => line.Contains(",K", StringComparison.Ordinal)).Select(line => Number(line.Split(',')[0]))];

    /// <summary>Sizes of the packets in bytes, in coding order.</summary>
    public static int[] Sizes(string path) => [.. Lines(path, "v:0", "packet=size").Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>A hash of the bytes of each packet of a stream, in coding order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stream">Which stream, in the words of <c>-map 0:</c>.</param>
    /// <param name="options">Further options of the output, such as a filter of its packets.</param>
    public static string[] Hashes(string path, string stream = "v:0", params string[] options) => HashesBy(["-i", path, "-map", $"0:{stream}", "-c", "copy", .. options]);

    /// <summary>A hash of each decoded picture.</summary>
    public static string[] FrameHashes(string path) => HashesBy(["-i", path, "-map", "0:v:0", "-fps_mode", "passthrough"]);

    /// <summary>What ffprobe shows of some entries, a line for each packet, frame or stream.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stream">Which stream; null for all.</param>
    /// <param name="entries">In the words of <c>-show_entries</c>.</param>
    /// <param name="options">Further options.</param>
    public static string[] Lines(string path, string? stream, string entries, params string[] options) =>
    [
        .. Split(MediaTools.Run(MediaTools.FFprobe, [.. options, "-v", "error", .. stream is null ? (string[])[] : ["-select_streams", stream], "-show_entries", entries, "-of", "csv=print_section=0", path]))
            .Select(line => line.TrimEnd(',')),
    ];

    private static string[] HashesBy(string[] arguments) =>
        [.. Split(MediaTools.RunFFmpeg([.. arguments, "-f", "framemd5", "-"])).Where(line => !line.StartsWith('#')).Select(line => line.Split(',')[5].Trim())];

    private static string[] Split(byte[] text) => Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
