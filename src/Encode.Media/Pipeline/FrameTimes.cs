using System.Diagnostics;
using System.Numerics;

namespace Encode.Media.Pipeline;

/// <summary>
/// A histogram of short times that allocates nothing to count one: 16 buckets an octave from a nanosecond up, so that a quantile is within
/// 3 % of the truth. Written by one thread, read after it has ended.
/// </summary>
internal sealed class FrameTimes
{
    private const int StepBits = 4;
    private const int Steps = 1 << StepBits;

    /// <summary>Octaves of nanoseconds: the last one is 9 minutes and what is above.</summary>
    private const int Octaves = 40;

    private readonly long[] _counts = new long[Octaves * Steps];
    private long _total;

    /// <summary>Counts a time in ticks of <see cref="Stopwatch"/>.</summary>
    public void Add(long ticks)
    {
        _counts[BucketOf((long)(ticks * (1e9 / Stopwatch.Frequency)))]++;
        _total++;
    }

    /// <summary>The time in milliseconds that a share of all times stay below; null when there are none.</summary>
    public double? Quantile(double share)
    {
        long left = (long)Math.Ceiling(_total * share);
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            left -= _counts[bucket];
            if (left <= 0 && _counts[bucket] > 0)
            {
                return (LowerEnd(bucket) + LowerEnd(bucket + 1)) / 2 / 1e6;
            }
        }

        return null;
    }

    private static int BucketOf(long nanoseconds)
    {
        if (nanoseconds < Steps)
        {
            return (int)Math.Max(0, nanoseconds);
        }

        int octave = BitOperations.Log2((ulong)nanoseconds);
        int step = (int)(nanoseconds >> (octave - StepBits)) & (Steps - 1);
        return Math.Min(((octave - StepBits + 1) * Steps) + step, (Octaves * Steps) - 1);
    }

    // The first two rows are of one nanosecond a bucket.
    private static double LowerEnd(int bucket) => bucket < 2 * Steps
        ? bucket
        : Math.ScaleB(Steps + (bucket % Steps), (bucket / Steps) - 1);
}
