using System.Text.Json.Serialization;

namespace Encode.Bench.Compare;

/// <summary>What the A/A run told: the command line against itself, in pairs like those of the comparison.</summary>
/// <param name="Work">The work that was repeated.</param>
/// <param name="RatioMedian">Median of the pairs' ratios of wall time, 1 on a host that does nothing else.</param>
/// <param name="Limit">How far from 1 it may be.</param>
/// <param name="Pairs">Pairs of runs.</param>
internal sealed record SteadinessReport(string Work, double RatioMedian, double Limit, int Pairs)
{
    /// <summary>Largest distance from 1 of a full comparison.</summary>
    public const double FullLimit = 0.01;

    /// <summary>Largest distance from 1 of a quick one, whose runs are short and few.</summary>
    public const double QuickLimit = 0.05;

    /// <summary>Whether the host was too busy for the figures to count.</summary>
    [JsonPropertyName("void")]
    public bool IsVoid => Math.Abs(RatioMedian - 1) > Limit;
}
