namespace Encode.Master.Metrics;

/// <summary>Counts observations by size. Safe for any number of threads; a snapshot is one consistent moment.</summary>
/// <param name="bounds">Upper bounds of the buckets, ascending, without infinity.</param>
internal sealed class Histogram(double[] bounds)
{
    private readonly Lock gate = new();
    private readonly long[] counts = new long[bounds.Length + 1];
    private double sum;

    /// <summary>Counts an observation. One that is no number is none.</summary>
    public void Observe(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        int bucket = Array.FindIndex(bounds, bound => value <= bound);
        lock (gate)
        {
            counts[bucket < 0 ? bounds.Length : bucket]++;
            sum += value;
        }
    }

    /// <summary>What was observed so far.</summary>
    public HistogramSnapshot Take()
    {
        long[] cumulative = new long[counts.Length];
        lock (gate)
        {
            long total = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                cumulative[i] = total += counts[i];
            }

            return new HistogramSnapshot(bounds, cumulative, sum);
        }
    }
}
