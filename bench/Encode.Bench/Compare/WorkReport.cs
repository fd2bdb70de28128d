namespace Encode.Bench.Compare;

/// <summary>What one work measured. Ratios are the command line's figure over ours: above 1 ours is better.</summary>
internal sealed record WorkReport
{
    /// <summary>Name of the work.</summary>
    public required string Name { get; init; }

    /// <summary>What both sides did.</summary>
    public required string What { get; init; }

    /// <summary>What the ratios are of.</summary>
    public required Measure Measure { get; init; }

    /// <summary>Median of the pairs' ratios.</summary>
    public required double RatioMedian { get; init; }

    /// <summary>Lower end of its 95 % bootstrap interval.</summary>
    public required double RatioLow { get; init; }

    /// <summary>Upper end of its 95 % bootstrap interval.</summary>
    public required double RatioHigh { get; init; }

    /// <summary>The least median that is good enough.</summary>
    public required double Target { get; init; }

    /// <summary>The least lower end that is good enough; null where only the median counts.</summary>
    public double? LowTarget { get; init; }

    /// <summary>Whether every target of the work is met.</summary>
    public required bool Met { get; init; }

    /// <summary>Pairs of runs.</summary>
    public required int Pairs { get; init; }

    /// <summary>Each pair's ratio, in the order of the runs.</summary>
    public required IReadOnlyList<double> Ratios { get; init; }

    /// <summary>Medians of our runs.</summary>
    public required SideReport Ours { get; init; }

    /// <summary>Medians of the command line's runs.</summary>
    public required SideReport Theirs { get; init; }

    /// <summary>Whether both sides did the same work.</summary>
    public required Likeness Likeness { get; init; }

    /// <summary>Milliseconds of a job that passed outside of the engine, from request to answer; null where nobody asks.</summary>
    public double? OutsideMilliseconds { get; init; }

    /// <summary>Most of these that are good enough.</summary>
    public double? OutsideTargetMilliseconds { get; init; }

    /// <summary>Puts a work's figures together.</summary>
    public static WorkReport Of(Work work, IReadOnlyList<Figures> ours, IReadOnlyList<Figures> theirs, Likeness likeness)
    {
        double[] ratios = [.. theirs.Zip(ours, (their, our) => their.Of(work.Measure) / our.Of(work.Measure))];
        Interval interval = Statistics.MedianInterval(ratios);
        double? outside = work.OutsideTarget is null ? null : Statistics.Median([.. ours.Select(run => run.OutsideSeconds ?? 0)]);
        return new WorkReport
        {
            Name = work.Name,
            What = work.What,
            Measure = work.Measure,
            RatioMedian = interval.Median,
            RatioLow = interval.Low,
            RatioHigh = interval.High,
            Target = work.Target,
            LowTarget = work.LowTarget,
            Met = interval.Median >= work.Target && interval.Low >= (work.LowTarget ?? 0) && (outside ?? 0) <= (work.OutsideTarget ?? 0) && likeness.Packets != Likeness.Different,
            Pairs = ratios.Length,
            Ratios = ratios,
            Ours = SideReport.Of(ours),
            Theirs = SideReport.Of(theirs),
            Likeness = likeness,
            OutsideMilliseconds = outside * 1000,
            OutsideTargetMilliseconds = work.OutsideTarget * 1000,
        };
    }
}
