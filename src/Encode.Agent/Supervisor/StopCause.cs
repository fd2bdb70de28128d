namespace Encode.Agent.Supervisor;

/// <summary>Why the supervisor stopped an attempt that had not ended by itself.</summary>
internal enum StopCause
{
    /// <summary>It was not stopped.</summary>
    None,

    /// <summary>A user canceled the job.</summary>
    Canceled,

    /// <summary>The master gave the job to somebody else.</summary>
    Dropped,

    /// <summary>The master could not be reached for as long as the lease lasts.</summary>
    LeaseLost,

    /// <summary>It took longer than the job allows.</summary>
    TimedOut,

    /// <summary>The agent ends.</summary>
    ShuttingDown,
}
