namespace Encode.Master.Metrics;

/// <summary>A histogram at one moment.</summary>
/// <param name="Bounds">Upper bounds of its buckets, ascending, without infinity.</param>
/// <param name="Cumulative">Observations at or below each bound; the last is all of them.</param>
/// <param name="Sum">Sum of the observations.</param>
internal sealed record HistogramSnapshot(double[] Bounds, long[] Cumulative, double Sum);
