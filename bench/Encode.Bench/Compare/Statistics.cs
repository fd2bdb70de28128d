namespace Encode.Bench.Compare;

/// <summary>Medians, and how sure one may be of them.</summary>
internal static class Statistics
{
    /// <summary>Samples that the bootstrap draws: enough that the interval's ends move by less than a thousandth from one draw to another.</summary>
    private const int Resamples = 10_000;

    /// <summary>Part of the resampled medians that lies outside of the interval, on each side.</summary>
    private const double Tail = 0.025;

    /// <summary>Fixed, so that the same figures always give the same interval.</summary>
    private const int Seed = 20_741;

    /// <summary>The middle value; the mean of the two middle ones of an even number.</summary>
    /// <param name="values">At least one.</param>
    public static double Median(IReadOnlyList<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Count);
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return MedianOfSorted(sorted);
    }

    /// <summary>
    /// The 95 % interval of the median by the percentile bootstrap (Efron, 1979): values are drawn with replacement as often as there are, again and
    /// again, and the interval holds all but a fortieth of the medians on each side.
    /// </summary>
    public static Interval MedianInterval(IReadOnlyList<double> values)
    {
        double median = Median(values);
#pragma warning disable CA5394 // Statistics, not secrets.
        Random random = new(Seed);
        double[] drawn = new double[values.Count];
        double[] medians = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            for (int j = 0; j < drawn.Length; j++)
            {
                drawn[j] = values[random.Next(values.Count)];
            }
#pragma warning restore CA5394

            Array.Sort(drawn);
            medians[i] = MedianOfSorted(drawn);
        }

        Array.Sort(medians);
        return new Interval(median, medians[(int)(Tail * Resamples)], medians[Resamples - 1 - (int)(Tail * Resamples)]);
    }

    private static double MedianOfSorted(double[] sorted)
    {
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
