namespace Encode.Master.Scheduling;

/// <summary>The scheduler's core: a pure function. Clock, randomness, bus and store are outside, so a cluster can be simulated from a seed.</summary>
public static class Scheduler
{
    /// <summary>Takes one event in.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="happened">What happened.</param>
    /// <param name="now">When.</param>
    /// <returns>What is known now, and what is to be done.</returns>
    public static (SchedulerState State, IReadOnlyList<SchedulerEffect> Effects) Step(SchedulerState state, SchedulerEvent happened, DateTimeOffset now) =>
        new SchedulerStep(state, now).Run(happened);
}
