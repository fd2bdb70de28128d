using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>An attempt that a simulated agent holds.</summary>
internal sealed class SimulatedWork(AttemptKey key, JobRow job, DateTimeOffset taken, TimeSpan left)
{
    public AttemptKey Key => key;

    public JobRow Job => job;

    public bool IsFile => job.FileUrls.Any(url => url.StartsWith("file:", StringComparison.Ordinal));

    public DateTimeOffset LeaseFrom { get; set; } = taken;

    public ResultMessage? Result { get; set; }

    public bool Publishing { get; set; }

    /// <summary>How long its encode takes from here.</summary>
    public TimeSpan Left { get; set; } = left;

    /// <summary>How long it was worked on before it stood still the last time.</summary>
    public TimeSpan Worked { get; set; }

    /// <summary>When its encode began, or began again.</summary>
    public DateTimeOffset Since { get; set; } = taken;

    /// <summary>Which encode of it this is: what an earlier one was to do, it does not do any more.</summary>
    public int Run { get; set; }

    /// <summary>Whether it is to stand still; its encode takes a moment to notice.</summary>
    public bool PauseWanted { get; set; }

    /// <summary>Whether it stands still, or waits for a slot to go on: it fills none.</summary>
    public bool Stands { get; set; }

    public AttemptPhase Phase => Publishing ? AttemptPhase.Publishing
        : Stands ? AttemptPhase.Paused
        : Result is not null ? AttemptPhase.Verifying
        : AttemptPhase.Encoding;
}
