namespace Encode.Bench.Compare;

/// <summary>Medians over the runs of one side.</summary>
/// <param name="WallSeconds">Wall-clock seconds.</param>
/// <param name="CpuSeconds">User and system seconds.</param>
/// <param name="PeakRssBytes">Resident set of the largest process; null for warm processes, which are older than a run.</param>
internal sealed record SideReport(double WallSeconds, double CpuSeconds, long? PeakRssBytes)
{
    /// <summary>Takes the medians.</summary>
    public static SideReport Of(IReadOnlyList<Figures> runs)
    {
        long peak = (long)Statistics.Median([.. runs.Select(run => (double)run.PeakRssBytes)]);
        return new(
            Statistics.Median([.. runs.Select(run => run.WallSeconds)]),
            Statistics.Median([.. runs.Select(run => run.CpuSeconds)]),
            peak > 0 ? peak : null);
    }
}
