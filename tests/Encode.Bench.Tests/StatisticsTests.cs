using Encode.Bench.Compare;

namespace Encode.Bench.Tests;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(3, 3.0)]
    [InlineData(2, 5.0, 1.0, 2.0)]
    [InlineData(2.5, 4.0, 1.0, 3.0, 2.0)]
    public void The_median_is_the_middle_of_any_order(double median, params double[] values) => Assert.Equal(median, Statistics.Median(values));

    [Fact]
    public void Of_nothing_there_is_no_median() => Assert.Throws<ArgumentOutOfRangeException>(() => Statistics.Median([]));

    [Fact]
    public void Values_that_are_all_alike_leave_no_doubt() => Assert.Equal(new Interval(1.03, 1.03, 1.03), Statistics.MedianInterval([.. Enumerable.Repeat(1.03, 9)]));

    /// <summary>Of three values the median of a resample is the least in 7 of 27 draws, far more than the fortieth that is cut off.</summary>
    [Fact]
    public void Three_values_say_no_more_than_their_range() => Assert.Equal(new Interval(2, 1, 3), Statistics.MedianInterval([3, 1, 2]));

    /// <summary>
    /// The median of nine draws is at most the third smallest of nine where five of them are: binomial with 9 draws of 3/9, which is 0.145; at most the
    /// second where five are of 2/9, 0.028, and the smallest 0.001. So 0.025 cuts the smallest off and keeps the second.
    /// </summary>
    [Fact]
    public void Of_nine_values_the_interval_runs_from_the_second_to_the_eighth()
    {
        Interval interval = Statistics.MedianInterval([9, 1, 8, 2, 7, 3, 6, 4, 5]);

        Assert.Equal(new Interval(5, 2, 8), interval);
        Assert.Equal(interval, Statistics.MedianInterval([9, 1, 8, 2, 7, 3, 6, 4, 5]));
    }

    [Fact]
    public void One_value_far_out_moves_neither_end()
    {
        Interval interval = Statistics.MedianInterval([1.00, 1.01, 0.99, 1.00, 1.02, 1.01, 0.98, 1.00, 50]);

        Assert.InRange(interval.High, 1.00, 1.02);
        Assert.InRange(interval.Low, 0.98, 1.00);
    }

    [Theory]
    [InlineData(1.009, false)]
    [InlineData(0.989, true)]
    [InlineData(1.011, true)]
    public void A_host_that_differs_from_itself_by_more_than_a_hundredth_makes_figures_void(double median, bool isVoid) =>
        Assert.Equal(isVoid, new SteadinessReport("h264-4k60", median, SteadinessReport.FullLimit, 9).IsVoid);

    [Fact]
    public void A_ratio_is_theirs_over_ours_pair_by_pair_of_what_the_work_is_about()
    {
        Figures[] ours = [new(1, 4, 100), new(2, 4, 100), new(1, 4, 100)];
        Figures[] theirs = [new(1.1, 8, 150), new(2.4, 8, 150), new(1.3, 8, 150)];

        Assert.Equal(1.2, ReportOf(Measure.Wall).RatioMedian, precision: 9);
        Assert.Equal(2, ReportOf(Measure.Cpu).RatioMedian, precision: 9);
        Assert.Equal(1.5, ReportOf(Measure.PeakRss).RatioMedian, precision: 9);

        WorkReport ReportOf(Measure measure) => WorkReport.Of(WorkTable.All()[0] with { Measure = measure }, ours, theirs, new Likeness(Likeness.Identical));
    }

    [Theory]
    [InlineData(1.05, Likeness.Identical, 0.005, true)]
    [InlineData(1.05, Likeness.Different, 0.005, false)]
    [InlineData(1.05, Likeness.Identical, 0.011, false)]
    [InlineData(1.04, Likeness.Identical, 0.005, false)]
    public void A_target_is_met_by_the_median_the_packets_and_the_time_outside(double ratio, string packets, double outside, bool met)
    {
        Work work = WorkTable.All().Single(work => work.Name == "clips-1s-warm");
        Figures[] ours = [.. Enumerable.Repeat(new Figures(1, 1, 1, outside), 9)];
        Figures[] theirs = [.. Enumerable.Repeat(new Figures(ratio, 1, 1), 9)];

        Assert.Equal(met, WorkReport.Of(work, ours, theirs, new Likeness(packets)).Met);
    }
}
