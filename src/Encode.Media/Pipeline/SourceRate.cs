using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// The rate that a source is meant to have. Containers state an average over the whole file, and libav adds the finest rate that all
/// timestamps fit. The two agree for a constant rate; a recording of varying rate has an average below its rate; for fields the
/// finest rate is twice the average. Where neither can be, the first packets' timestamps decide.
/// </summary>
internal static unsafe class SourceRate
{
    /// <summary>Rates past this are a time base mistaken for a rate.</summary>
    private const double Max = 240;

    /// <summary>Rates below this are a slide show; it still gets a picture every ten seconds.</summary>
    private const double Min = 0.1;

    /// <summary>A finest rate from this many times the average up counts fields, or nothing at all.</summary>
    private const double FieldShare = 1.9;

    /// <summary>Of the first packets' timestamps the last few may still have later ones before them.</summary>
    private const int ReorderReserve = 4;

    /// <summary>What a source without any usable timestamps is taken for.</summary>
    public static readonly Rational Fallback = new(25, 1);

    private static readonly Rational[] Usual =
    [
        new(24000, 1001), new(24, 1), new(25, 1), new(30000, 1001), new(30, 1), new(48, 1), new(50, 1), new(60000, 1001), new(60, 1),
        new(100, 1), new(120000, 1001), new(120, 1), new(15, 1), new(12, 1), new(10, 1),
    ];

    /// <summary>The rate that the container and the codec state; null when none of it can be.</summary>
    /// <param name="stream">The picture.</param>
    /// <param name="hasTimes">Whether the format has timestamps. For one that has none libav makes up an average; the codec's own word counts.</param>
    public static Rational? Stated(AVStream* stream, bool hasTimes)
    {
        if (!hasTimes && Plausible(stream->codecpar->framerate) is { } coded)
        {
            return Snap(coded, 0.0004);
        }

        Rational? average = Plausible(stream->avg_frame_rate);
        Rational? finest = Plausible(stream->r_frame_rate);
        if (average is not { } mean)
        {
            return null;
        }

        if (finest is { } fine && Agree(fine, mean))
        {
            return Snap(fine, 0.0004);
        }

        return Snap(mean, 0.0004);
    }

    /// <summary>
    /// The finest rate where it and the average do not agree: then the source pauses, or ends with a picture of another length, and the finest is its rate; or
    /// it counts fields. What most of the first packets are apart tells which.
    /// </summary>
    public static Rational? Doubted(AVStream* stream) =>
        Plausible(stream->avg_frame_rate) is { } mean && Plausible(stream->r_frame_rate) is { } fine && !Agree(fine, mean) ? Snap(fine, 0.0004) : null;

    /// <summary>Whether most packets are as far apart as a rate has them; containers round to milliseconds.</summary>
    /// <param name="rate">The rate.</param>
    /// <param name="times">Presentation times in nanoseconds, in any order.</param>
    public static bool Fits(Rational rate, List<long> times)
    {
        const double Rounding = 1.1 * TimeBases.Second / 1000;
        times.Sort();
        long[] distances = [.. times.Zip(times.Skip(1), (before, after) => after - before).Order()];
        return distances.Length >= ReorderReserve && Math.Abs(distances[distances.Length / 2] - (TimeBases.Second / rate.Value)) <= Rounding;
    }

    /// <summary>The rate of the first packets, from their presentation times in nanoseconds in any order.</summary>
    public static Rational Measured(List<long> times)
    {
        times.Sort();
        int last = times.Count - 1 - (times.Count > 3 * ReorderReserve ? ReorderReserve : 0);
        if (last < 1 || times[last] <= times[0])
        {
            return Fallback;
        }

        double rate = last * (double)TimeBases.Second / (times[last] - times[0]);
        Rational exact = new((int)Math.Round(Math.Clamp(rate, Min, Max) * 1000), 1000);
        return Snap(exact, 0.005);
    }

    private static bool Agree(Rational finest, Rational average) => finest.Value > average.Value * 0.99 && finest.Value < average.Value * FieldShare;

    private static Rational? Plausible(AVRational rate) =>
        rate.num > 0 && rate.den > 0 && (double)rate.num / rate.den is >= Min and <= Max ? new Rational(rate.num, rate.den) : null;

    private static Rational Snap(Rational rate, double nearness)
    {
        Rational nearest = Usual.MinBy(usual => Math.Abs(rate.Value / usual.Value - 1));
        return Math.Abs(rate.Value / nearest.Value - 1) < nearness ? nearest : rate;
    }
}
