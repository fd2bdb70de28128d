namespace Encode.Bench.Compare;

/// <summary>One line of the comparison: a ratio of an exercise, and what it should be.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="What">What is done, in a few words.</param>
/// <param name="Exercise">What both sides do. Works may share one, which then runs once.</param>
/// <param name="Measure">What the ratio, theirs to ours, is of.</param>
/// <param name="Target">The least median that is good enough.</param>
internal sealed record Work(string Name, string What, Exercise Exercise, Measure Measure, double Target)
{
    /// <summary>The least lower end of the interval; null where only the median counts.</summary>
    public double? LowTarget { get; init; }

    /// <summary>Most seconds of a job that may pass outside of the engine; null where nobody asks.</summary>
    public double? OutsideTarget { get; init; }
}
