using System.Collections.Immutable;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <summary>
/// Everything the core knows. Bounded: nodes, the slots they fill, and a window of the queue. The queue itself stays in the
/// database; see <see cref="SchedulerStep"/> for how the window moves.
/// </summary>
public sealed record SchedulerState
{
    /// <summary>Nodes by id.</summary>
    public ImmutableSortedDictionary<string, NodeView> Nodes { get; init; } = ImmutableSortedDictionary.Create<string, NodeView>(StringComparer.Ordinal);

    /// <summary>Filled slots by job.</summary>
    public ImmutableSortedDictionary<string, Hold> Holds { get; init; } = ImmutableSortedDictionary.Create<string, Hold>(StringComparer.Ordinal);

    /// <summary>The stretch of the queue that is in memory, in the order of service.</summary>
    public ImmutableSortedDictionary<QueueRank, QueuedJob> Window { get; init; } = ImmutableSortedDictionary<QueueRank, QueuedJob>.Empty;

    /// <summary>Where the window ends, when more jobs wait behind it; null when it reaches the end of the queue.</summary>
    public QueueRank? WindowEnd { get; init; }

    /// <summary>Whether jobs that no node could take were passed by: jobs may wait in front of the window.</summary>
    public bool HasPassed { get; init; }

    /// <summary>Whether the queue has to be read again from its head.</summary>
    public bool ReadFromHead { get; init; }

    /// <summary>Whether the queue is being read.</summary>
    public bool Reading { get; init; }

    /// <summary>Whether that reading is from its head. Until it is there nothing is placed: others may come first.</summary>
    public bool ReadingHead { get; init; }

    /// <summary>Jobs that were queued while the queue was being read: the reading may have missed them.</summary>
    public ImmutableList<QueuedJob> Arrived { get; init; } = [];

    /// <summary>When the next job that waits after a failure may be offered.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>Which nodes refused which jobs, and until when they are not asked again.</summary>
    public ImmutableDictionary<(string JobId, string NodeId), DateTimeOffset> BackOffs { get; init; } =
        ImmutableDictionary<(string JobId, string NodeId), DateTimeOffset>.Empty;

    /// <summary>Until when no job is found impossible, because a node has just come and others may follow; null when that is over.</summary>
    public DateTimeOffset? SettlesAt { get; init; }

    /// <summary>Until when nothing is claimed, because the database refused a claim; null when that is over.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>When the timer is set to go off.</summary>
    public DateTimeOffset? Timer { get; init; }
}
