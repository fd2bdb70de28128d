using Encode.Bench.Compare;
using Encode.Bench.Terminal;

namespace Encode.Bench.Tests;

/// <summary>In what order both sides run, and what of it counts.</summary>
public sealed class MethodTests
{
    [Fact]
    public void Both_sides_take_turns_in_the_order_ABBA_after_each_has_warmed_up()
    {
        using Recorded exercise = new(ours: 2, theirs: 3);
        WorkReport report = Assert.Single(Comparison().Compare(exercise, [new Work("x", "x", exercise, Measure.Wall, 1.4)]));

        Assert.Equal("ot=ottoottoottoottoottoot"[..(3 + (2 * Exercise.QuickPairs))], exercise.Calls);
        Assert.Equal((1.5, Exercise.QuickPairs, true), (report.RatioMedian, report.Pairs, report.Met));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_comes_second_in_a_pair_and_is_slower_for_it_loses_nothing(bool isFull)
    {
        using Recorded exercise = new(ours: 1, theirs: 1) { SecondIsSlowerBy = 1.1 };
        WorkReport report = Assert.Single(Comparison(isFull).Compare(exercise, [new Work("x", "x", exercise, Measure.Wall, 1)]));

        Assert.Equal(1, report.RatioMedian, tolerance: 0.005);
        Assert.False(Comparison(isFull).Steadiness(exercise).IsVoid);
    }

    [Fact]
    public void The_command_line_runs_against_itself_alone()
    {
        using Recorded exercise = new(ours: 1, theirs: 2);

        SteadinessReport report = Comparison().Steadiness(exercise);

        Assert.Equal(new string('t', 1 + (2 * Exercise.QuickPairs)), exercise.Calls);
        Assert.Equal(1, report.RatioMedian);
    }

    [Theory]
    [InlineData(1.04, Likeness.Identical, true)]
    [InlineData(1.06, Likeness.Identical, false)]
    [InlineData(1.0, Likeness.Different, false)]
    public void Figures_count_on_a_steady_host_and_of_the_same_work_only(double steadiness, string packets, bool isValid)
    {
        using Recorded exercise = new(ours: 1, theirs: 1) { Packets = packets };
        IReadOnlyList<WorkReport> works = Comparison().Compare(exercise, [new Work("x", "x", exercise, Measure.Wall, 1)]);
        CompareReport report = new()
        {
            Version = "1.0",
            FFmpegVersion = "7.1.5",
            ToolVersion = "7.1.5",
            Processors = 2,
            Quick = true,
            Steadiness = new SteadinessReport("x", steadiness, SteadinessReport.QuickLimit, 4),
            Works = works,
        };

        Assert.Equal(isValid, report.IsValid);
    }

    private static Comparison Comparison(bool isFull = false) =>
        new(new CompareHost(null!, null!, null!, "", IsQuick: !isFull), LiveProgress.Run(progress => progress), CancellationToken.None);

    /// <summary>Writes down who ran when, and takes as long as it is told.</summary>
    private sealed class Recorded(double ours, double theirs) : Exercise
    {
        private int _runs;

        public string Calls { get; private set; } = "";

        public double SecondIsSlowerBy { get; init; } = 1;

        public string Packets { get; init; } = Likeness.Identical;

        public override string Name => "recorded";

        public override void Prepare(CompareHost host)
        {
        }

        public override Figures RunOurs() => Run('o', ours);

        public override Figures RunTheirs() => Run('t', theirs);

        public override Likeness Compare()
        {
            Calls += '=';
            return new Likeness(Packets);
        }

        private Figures Run(char side, double seconds)
        {
            Calls += side;
            return new Figures(_runs++ % 2 == 0 ? seconds : seconds * SecondIsSlowerBy, 1, 1);
        }
    }
}
