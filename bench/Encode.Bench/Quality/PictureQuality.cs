using System.Globalization;
using System.Text.RegularExpressions;
using Encode.Bench.Compare;
using Encode.Contracts.Jobs;

namespace Encode.Bench.Quality;

/// <summary>The PSNR of an output against what it was made of, by the filter of the same name in an ffmpeg at hand.</summary>
internal static partial class PictureQuality
{
    /// <summary>What a picture without any difference counts as: an infinite PSNR has no place on a scale.</summary>
    public const double Lossless = 100;

    /// <summary>Measures one output.</summary>
    /// <param name="ffmpeg">Measures it.</param>
    /// <param name="output">The output's path.</param>
    /// <param name="reference">Arguments of ffmpeg that open the source.</param>
    /// <param name="filter">Brings the source to the output's size; null where it has it.</param>
    /// <param name="rate">Rate of both; pictures are matched by their number.</param>
    /// <param name="outputFilter">Brings the output to the source's size instead; null where the source is brought to the output's.</param>
    /// <returns>Average PSNR over all planes in dB, from the mean of the squared errors; null where ffmpeg tells none.</returns>
    public static double? Psnr(Tool ffmpeg, string output, IReadOnlyList<string> reference, string? filter, Rational rate, string? outputFilter = null)
    {
        // Retagged alike: between pictures that say different things of their colours the graph would convert, and the difference be measured.
        string alike = $"setpts=N/({rate})/TB,setparams=range=tv:colorspace=bt709";
        string graph = $"[0:v]{(outputFilter is null ? "" : outputFilter + ",")}{alike}[a];[1:v]{(filter is null ? "" : filter + ",")}{alike}[b];[a][b]psnr=shortest=1";
        string said = ffmpeg.Messages(["-nostdin", "-hide_banner", "-v", "info", "-nostats", "-i", output, .. reference, "-lavfi", graph, "-an", "-f", "null", "-"]);
        return Average().Match(said) is { Success: true } found
            ? found.Groups[1].Value == "inf" ? Lossless : double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)
            : null;
    }

    [GeneratedRegex(@"PSNR .*average:(inf|[0-9.]+)")]
    private static partial Regex Average();
}
