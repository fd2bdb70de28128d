using System.Globalization;
using System.Text;
using Encode.TestKit;

namespace Encode.Media.Tests;

/// <summary>What ffprobe and ffmpeg say about the packets of a picture and about its frames.</summary>
internal static class MediaPackets
{
    /// <summary>Numbers of the key frames, counted in the order in which pictures are shown.</summary>
    public static int[] KeyFrames(string path)
    {
        (double Time, string Flags)[] packets =
        [
            .. Lines(path, "packet=pts_time,flags").Select(line => line.Split(',')).Select(parts => (Number(parts[0]), parts[1])).OrderBy(packet => packet.Item1),
        ];
        return [.. Enumerable.Range(0, packets.Length).Where(index => packets[index].Flags.StartsWith('K'))];
    }

    /// <summary>Sizes of the packets in bytes, in coding order.</summary>
    public static int[] Sizes(string path) => [.. Lines(path, "packet=size").Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>A hash of each decoded picture.</summary>
    public static string[] FrameHashes(string path) =>
    [
        .. Encoding.ASCII.GetString(MediaTools.RunFFmpeg("-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')).Select(line => line[(line.LastIndexOf(',') + 1)..].Trim()),
    ];

    private static IEnumerable<string> Lines(string path, string entries) => Encoding.ASCII
        .GetString(MediaTools.Run(MediaTools.FFprobe, "-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "csv=print_section=0", path))
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd(','));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
