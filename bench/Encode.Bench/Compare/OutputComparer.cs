using System.Globalization;
using Encode.Bench.Quality;
using Encode.Contracts.Scenarios;

namespace Encode.Bench.Compare;

/// <summary>
/// Compares the pictures of two outputs: by the SHA-256 of their packets, and where these differ by size and PSNR. Encoders repeat themselves
/// at constant quality and average bitrate with equal threads. With a decoder's buffer (VBV) and more than one thread they do not, and a ladder whose
/// smaller renditions are scaled from larger ones does not: which of two small pictures is the better one only the source can tell, so there
/// both are brought back to its size.
/// </summary>
internal sealed class OutputComparer(Tool ffmpeg, SourceClip clip, string source)
{
    /// <summary>Compares each pair of outputs; the worst decides.</summary>
    /// <param name="renditions">What each pair is of.</param>
    /// <param name="ours">Paths of our outputs.</param>
    /// <param name="theirs">Paths of theirs.</param>
    /// <param name="mustBeIdentical">Whether packets that differ mean different work however alike they look.</param>
    public Likeness Compare(IReadOnlyList<VideoSettings> renditions, IReadOnlyList<string> ours, IReadOnlyList<string> theirs, bool mustBeIdentical)
    {
        Likeness worst = new(Likeness.Identical);
        for (int i = 0; i < renditions.Count; i++)
        {
            VideoSettings rendition = renditions[i];
            bool mayBeCascaded = renditions.Any(other => other.BoxWidth > rendition.BoxWidth);
            Likeness likeness = Compare(rendition, ours[i], theirs[i], mustBeIdentical, mayBeCascaded);
            worst = Rank(likeness) > Rank(worst) ? likeness : worst;
        }

        return worst;
    }

    private Likeness Compare(VideoSettings rendition, string ours, string theirs, bool mustBeIdentical, bool mayBeCascaded)
    {
        (string ourHash, long ourBytes) = Packets(ours);
        (string theirHash, long theirBytes) = Packets(theirs);
        if (ourHash == theirHash)
        {
            return new Likeness(Likeness.Identical);
        }

        double sizes = (double)ourBytes / theirBytes;
        double psnr = mustBeIdentical ? Psnr(rendition, ours) - Psnr(rendition, theirs) : PsnrOfWhole(ours) - PsnrOfWhole(theirs);
        double mostSize = mayBeCascaded ? Likeness.MaxCascadeSizeDifference : Likeness.MaxSizeDifference;
        double difference = mayBeCascaded ? -psnr : Math.Abs(psnr);
        bool isAlike = !mustBeIdentical && Math.Abs(sizes - 1) <= mostSize && difference <= Likeness.MaxPsnrDifference;
        return new Likeness(isAlike ? Likeness.Alike : Likeness.Different, sizes, psnr);
    }

    private static int Rank(Likeness likeness) => likeness.Packets switch
    {
        Likeness.Identical => 0,
        Likeness.Alike => 1,
        _ => 2,
    };

    /// <summary>The hash of all packets of the picture, their number and their bytes; the muxer writes a line for each packet, its size and hash last.</summary>
    private (string Hash, long Bytes) Packets(string file)
    {
        string[] packets = [.. ffmpeg.Output(["-nostdin", "-v", "error", "-i", file, "-map", "0:v:0", "-c", "copy", "-f", "framehash", "-hash", "sha256", "-"])
            .Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
        string[][] fields = [.. packets.Select(line => line.Split(',', StringSplitOptions.TrimEntries))];
        return (string.Join(' ', fields.Select(field => field[5])), fields.Sum(field => long.Parse(field[4], CultureInfo.InvariantCulture)));
    }

    private double Psnr(VideoSettings rendition, string file) =>
        PictureQuality.Psnr(ffmpeg, file, ["-i", source], CommandLine.Filter(rendition, clip), clip.FrameRate) ?? throw NoPsnr(file);

    private double PsnrOfWhole(string file) =>
        PictureQuality.Psnr(ffmpeg, file, ["-i", source], null, clip.FrameRate, $"scale={clip.Width}:{clip.Height}:flags=bicubic") ?? throw NoPsnr(file);

    private static BenchException NoPsnr(string file) => new($"compare {file} with its source: ffmpeg told no PSNR; it needs the filters psnr, scale and setpts");
}
