namespace Encode.Bench.Compare;

/// <summary>What one side's run of a work cost.</summary>
/// <param name="WallSeconds">From the start of the process, or the request to a warm one, to the end.</param>
/// <param name="CpuSeconds">User and system time of all its processes.</param>
/// <param name="PeakRssBytes">Resident set of its largest process; 0 where a warm one is only a part of a run old.</param>
/// <param name="OutsideSeconds">The part of the wall time that was not the engine's own; null where nobody can tell.</param>
internal readonly record struct Figures(double WallSeconds, double CpuSeconds, long PeakRssBytes, double? OutsideSeconds = null)
{
    /// <summary>One of them by its name.</summary>
    public double Of(Measure measure) => measure switch
    {
        Measure.Cpu => CpuSeconds,
        Measure.PeakRss => PeakRssBytes,
        _ => WallSeconds,
    };
}
