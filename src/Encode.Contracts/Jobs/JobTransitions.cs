using System.Collections.Frozen;

namespace Encode.Contracts.Jobs;

/// <summary>
/// The job state machine as a table. It is written in three places that tests hold together: here, in the SQL trigger of the
/// job table, and in the README's diagram.
/// </summary>
public static class JobTransitions
{
    /// <summary>Every move that is allowed, as (from, to).</summary>
    public static readonly FrozenSet<(JobState From, JobState To)> Allowed = new[]
    {
        (JobState.Queued, JobState.Assigned),
        (JobState.Queued, JobState.Canceled),
        (JobState.Queued, JobState.Rejected),
        (JobState.Queued, JobState.Failed),
        (JobState.Assigned, JobState.Running),
        (JobState.Assigned, JobState.Queued),
        (JobState.Assigned, JobState.Publishing),
        (JobState.Assigned, JobState.Canceled),
        (JobState.Assigned, JobState.Failed),
        (JobState.Assigned, JobState.TimedOut),
        (JobState.Running, JobState.Queued),
        (JobState.Running, JobState.Paused),
        (JobState.Running, JobState.Publishing),
        (JobState.Running, JobState.Canceled),
        (JobState.Running, JobState.Failed),
        (JobState.Running, JobState.TimedOut),
        (JobState.Paused, JobState.Running),
        (JobState.Paused, JobState.Queued),
        (JobState.Paused, JobState.Canceled),
        (JobState.Paused, JobState.Failed),
        (JobState.Publishing, JobState.Completed),
        (JobState.Publishing, JobState.Failed),
        (JobState.Failed, JobState.Queued),
        (JobState.TimedOut, JobState.Queued),
    }.ToFrozenSet();

    /// <summary>Whether a job may move from one state to another.</summary>
    public static bool IsAllowed(JobState from, JobState to) => Allowed.Contains((from, to));

    /// <summary>Whether a job in this state has ended: nothing but a user's retry moves it again.</summary>
    public static bool IsTerminal(JobState state) =>
        state is JobState.Completed or JobState.Failed or JobState.TimedOut or JobState.Canceled or JobState.Rejected;

    /// <summary>Whether an agent holds a lease on a job in this state.</summary>
    public static bool IsHeld(JobState state) =>
        state is JobState.Assigned or JobState.Running or JobState.Paused or JobState.Publishing;

    /// <summary>Whether a user may still cancel a job in this state.</summary>
    public static bool IsCancelable(JobState state) => IsAllowed(state, JobState.Canceled);
}
