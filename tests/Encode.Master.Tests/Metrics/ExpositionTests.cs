using Encode.Master.Metrics;
using Encode.TestKit;

namespace Encode.Master.Tests.Metrics;

/// <summary>The text that Prometheus reads.</summary>
public sealed class ExpositionTests
{
    [Fact]
    public void A_family_is_its_help_its_type_and_its_samples()
    {
        ExpositionWriter writer = new();
        writer.Begin("encode_jobs", MetricType.Gauge, "Jobs by state.");
        writer.Sample("encode_jobs", 3, ("state", "queued"), ("queue", "live"));
        writer.Single("encode_things_total", MetricType.Counter, "Things.", 0.5);
        Assert.Equal(
            """
            # HELP encode_jobs Jobs by state.
            # TYPE encode_jobs gauge
            encode_jobs{state="queued",queue="live"} 3
            # HELP encode_things_total Things.
            # TYPE encode_things_total counter
            encode_things_total 0.5

            """,
            writer.ToString());
    }

    [Fact]
    public async Task A_histogram_counts_upwards_and_ends_with_everything()
    {
        Histogram histogram = new([0.1, 1]);
        foreach (double value in (double[])[0.05, 0.1, 0.5, 7, double.NaN, double.PositiveInfinity])
        {
            histogram.Observe(value);
        }

        ExpositionWriter writer = new();
        writer.Begin("encode_wait_seconds", MetricType.Histogram, "Waiting.");
        writer.Histogram("encode_wait_seconds", histogram.Take(), ("queue", "live"));
        Assert.EndsWith(
            """
            encode_wait_seconds_bucket{queue="live",le="0.1"} 2
            encode_wait_seconds_bucket{queue="live",le="1"} 3
            encode_wait_seconds_bucket{queue="live",le="+Inf"} 4
            encode_wait_seconds_sum{queue="live"} 7.65
            encode_wait_seconds_count{queue="live"} 4

            """,
            writer.ToString(),
            StringComparison.Ordinal);
        Assert.Empty(await PromTool.CheckAsync(writer.ToString()));
    }

    [Fact]
    public async Task No_label_can_end_its_line()
    {
        ExpositionWriter writer = new();
        writer.Begin("encode_x", MetricType.Gauge, "X.");
        writer.Sample("encode_x", 1, ("name", "a\"} 2\nencode_y 3\\"));
        Assert.EndsWith("encode_x{name=\"a\\\"} 2\\nencode_y 3\\\\\"} 1\n", writer.ToString(), StringComparison.Ordinal);
        Assert.Empty(await PromTool.CheckAsync(writer.ToString()));
    }

    [Fact]
    public void Observations_of_many_threads_are_all_counted()
    {
        Histogram histogram = new([1]);
        Parallel.For(0, 10_000, i => histogram.Observe(i % 3));
        HistogramSnapshot taken = histogram.Take();
        Assert.Equal([6_667, 10_000], taken.Cumulative);
        Assert.Equal(9_999, taken.Sum);
    }
}
