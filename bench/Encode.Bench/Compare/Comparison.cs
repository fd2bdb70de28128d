using Encode.Bench.Terminal;

namespace Encode.Bench.Compare;

/// <summary>
/// The method of a comparison, the same for every work:
///
///     A/A      the command line against itself: on a host that is not steady no figure counts
///     warm up  each side once, which also fills the page cache; what it makes is compared
///     pairs    ours and theirs in turn, in the order ABBA and as many of either, so that neither order nor a drift of the host counts
///     ratio    theirs over ours, pair by pair; the median, with a bootstrap interval
///
/// Both sides run with the same affinity (this process's own), by the same call, one after the other.
/// </summary>
internal sealed class Comparison(CompareHost host, LiveProgress progress, CancellationToken cancel)
{
    /// <summary>Repeats an exercise by the command line alone.</summary>
    /// <param name="exercise">Prepared.</param>
    public SteadinessReport Steadiness(Exercise exercise)
    {
        int pairs = exercise.Pairs(host.IsQuick);
        ProgressStep step = progress.Add($"A/A {exercise.Name}", (2 * pairs) + 1);
        exercise.RunTheirs();
        step.Advance();
        List<Figures> first = [];
        List<Figures> second = [];
        for (int i = 0; i < pairs; i++)
        {
            foreach (List<Figures> side in i % 2 == 0 ? [first, second] : (List<Figures>[])[second, first])
            {
                side.Add(Run(exercise.RunTheirs, step));
            }
        }

        double median = Statistics.Median([.. first.Zip(second, (one, other) => one.WallSeconds / other.WallSeconds)]);
        return new SteadinessReport(exercise.Name, median, host.IsQuick ? SteadinessReport.QuickLimit : SteadinessReport.FullLimit, pairs);
    }

    /// <summary>Runs an exercise and reports each work that is a ratio of it.</summary>
    /// <param name="exercise">Prepared.</param>
    /// <param name="works">Its works.</param>
    public IReadOnlyList<WorkReport> Compare(Exercise exercise, IReadOnlyList<Work> works)
    {
        int pairs = exercise.Pairs(host.IsQuick);
        ProgressStep step = progress.Add(exercise.Name, (2 * pairs) + 3);
        Run(exercise.RunOurs, step);
        Run(exercise.RunTheirs, step);
        Likeness likeness = exercise.Compare();
        step.Advance();
        List<Figures> ours = [];
        List<Figures> theirs = [];
        for (int i = 0; i < pairs; i++)
        {
            if (i % 2 == 0)
            {
                ours.Add(Run(exercise.RunOurs, step));
                theirs.Add(Run(exercise.RunTheirs, step));
            }
            else
            {
                theirs.Add(Run(exercise.RunTheirs, step));
                ours.Add(Run(exercise.RunOurs, step));
            }
        }

        return [.. works.Select(work => WorkReport.Of(work, ours, theirs, likeness))];
    }

    private Figures Run(Func<Figures> side, ProgressStep step)
    {
        cancel.ThrowIfCancellationRequested();
        Figures figures = side();
        step.Advance();
        return figures;
    }
}
