using System.Globalization;
using Encode.Bench.Quality;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;

namespace Encode.Bench.Compare;

/// <summary>
/// Compares two outputs, sound included: by the SHA-256 of their packets, and where these differ by size and PSNR of the picture. Encoders repeat
/// themselves at constant quality and average bitrate with equal threads; with a decoder's buffer (VBV) and more than one thread they do not. Nor does a
/// ladder whose smaller renditions are scaled from larger ones (<see cref="Cascade"/>): which of two small pictures is the better one only the source
/// can tell, so there both are brought back to its size.
/// </summary>
internal sealed class OutputComparer(Tool ffmpeg, SourceClip clip, string source)
{
    /// <summary>Packets at the end of a sound that may differ.</summary>
    private const int EndOfSound = 2;

    /// <summary>Compares each pair of outputs; the worst decides.</summary>
    /// <param name="renditions">What each pair is of.</param>
    /// <param name="ours">Paths of our outputs.</param>
    /// <param name="theirs">Paths of theirs.</param>
    /// <param name="repeats">Whether the encoder repeats itself, so that packets that differ mean different work however alike they look.</param>
    public Likeness Compare(IReadOnlyList<VideoSettings> renditions, IReadOnlyList<string> ours, IReadOnlyList<string> theirs, bool repeats) =>
        Worst(renditions.Select((rendition, i) => Compare(rendition, ours[i], theirs[i], repeats, renditions.Any(larger => Feeds(larger, rendition)))));

    /// <summary>The one that differs most.</summary>
    public static Likeness Worst(IEnumerable<Likeness> all) =>
        all.MaxBy(one => (Rank(one), Math.Abs(one.SizeRatio - 1), Math.Abs(one.PsnrDifference ?? 0))) ?? new Likeness(Likeness.Identical);

    /// <summary>Whether one rendition may be scaled from another: the source itself is as good as a rendition of its size.</summary>
    private bool Feeds(VideoSettings larger, VideoSettings rendition) => larger.BoxWidth < clip.Width && larger.BoxWidth >= Cascade.LeastStep * rendition.BoxWidth;

    private Likeness Compare(VideoSettings rendition, string ours, string theirs, bool repeats, bool isCascaded)
    {
        Packets our = PacketsOf(ours);
        Packets their = PacketsOf(theirs);
        if (!AreOfOneSound(our.Sound, their.Sound))
        {
            return new Likeness(Likeness.Different);
        }

        if (our.Picture == their.Picture)
        {
            return new Likeness(Likeness.Identical);
        }

        double sizes = (double)our.PictureBytes / their.PictureBytes;
        double psnr = isCascaded ? PsnrOfWhole(ours) - PsnrOfWhole(theirs) : Psnr(rendition, ours) - Psnr(rendition, theirs);
        bool isAlike = isCascaded
            ? Math.Abs(sizes - 1) <= Likeness.MaxCascadeSizeDifference && psnr >= -Likeness.MaxPsnrDifference
            : !repeats && Math.Abs(sizes - 1) <= Likeness.MaxSizeDifference && Math.Abs(psnr) <= Likeness.MaxPsnrDifference;
        return new Likeness(isAlike ? Likeness.Alike : Likeness.Different, sizes, psnr);
    }

    private static int Rank(Likeness likeness) => likeness.Packets switch
    {
        Likeness.Identical => 0,
        Likeness.Alike => 1,
        _ => 2,
    };

    /// <summary>
    /// Whether two sounds have the same packets, but for those of their end: this program ends the sound with the source's track, and the command line with
    /// the last packet's samples, which changes the frame at the end and the one before it, that is encoded with a look at it.
    /// </summary>
    private static bool AreOfOneSound(string[] ours, string[] theirs) =>
        Math.Abs(ours.Length - theirs.Length) <= 1 && ours.SkipLast(EndOfSound).SequenceEqual(theirs.Take(Math.Max(0, ours.Length - EndOfSound)));

    /// <summary>What is in a file; the muxer writes a line for each packet, its stream first, its size and hash last.</summary>
    private Packets PacketsOf(string file)
    {
        string[][] packets =
        [
            .. ffmpeg.Output(["-nostdin", "-v", "error", "-i", file, "-map", "0:v:0", "-map", "0:a?", "-c", "copy", "-f", "framehash", "-hash", "sha256", "-"])
                .Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(',', StringSplitOptions.TrimEntries)),
        ];
        string[][] picture = [.. packets.Where(packet => packet[0] == "0")];
        return new Packets(
            string.Join(' ', picture.Select(packet => packet[5])),
            picture.Sum(packet => long.Parse(packet[4], CultureInfo.InvariantCulture)),
            [.. packets.Where(packet => packet[0] != "0").Select(packet => packet[5])]);
    }

    private sealed record Packets(string Picture, long PictureBytes, string[] Sound);

    private double Psnr(VideoSettings rendition, string file) =>
        PictureQuality.Psnr(ffmpeg, file, ["-i", source], CommandLine.Filter(rendition, clip), clip.FrameRate) ?? throw NoPsnr(file);

    private double PsnrOfWhole(string file) =>
        PictureQuality.Psnr(ffmpeg, file, ["-i", source], null, clip.FrameRate, $"scale={clip.Width}:{clip.Height}:flags=bicubic") ?? throw NoPsnr(file);

    private static BenchException NoPsnr(string file) => new($"compare {file} with its source: ffmpeg told no PSNR; it needs the filters psnr, scale and setpts");
}
