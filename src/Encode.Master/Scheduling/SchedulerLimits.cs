namespace Encode.Master.Scheduling;

/// <summary>The core's bounds and times.</summary>
public static class SchedulerLimits
{
    /// <summary>Waiting jobs in memory: more than a farm starts between two readings of the queue.</summary>
    public const int Window = 256;

    /// <summary>How long a node that refused a job is not asked for it again: a cell is replaced in 100 ms, a full disk is not.</summary>
    public static readonly TimeSpan RefusalBackOff = TimeSpan.FromSeconds(2);

    /// <summary>
    /// For how long after an offer was settled a heartbeat that does not name it means nothing: it may have been sent before.
    /// Longer than a message travels, shorter than any heartbeat interval that people set.
    /// </summary>
    public static readonly TimeSpan InFlight = TimeSpan.FromSeconds(2);

    /// <summary>How long after a node registered others may follow, before a job is found impossible.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    /// <summary>How long no job is rejected after a node was removed: whoever replaces a host removes it first and registers it again then.</summary>
    public static readonly TimeSpan Replacement = TimeSpan.FromMinutes(10);

    /// <summary>How long a node that holds a finished output may be away before the job is given up: only it can finish.</summary>
    public static readonly TimeSpan PublishingPatience = TimeSpan.FromHours(1);

    /// <summary>
    /// How long the node of a paused job may be unheard of when the job is to go on, before it begins anew elsewhere: longer than an agent takes to
    /// start again, and much shorter than what it has encoded took.
    /// </summary>
    public static readonly TimeSpan ResumePatience = TimeSpan.FromMinutes(2);

    /// <summary>How long nothing is claimed after the database refused a claim: a full disk stays full for a while.</summary>
    public static readonly TimeSpan StorePause = TimeSpan.FromSeconds(5);
}
