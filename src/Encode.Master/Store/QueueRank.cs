using Encode.Contracts.Jobs;

namespace Encode.Master.Store;

/// <summary>A job's place in the order of service: queue, priority, sequence.</summary>
/// <param name="Queue">The line it waits in.</param>
/// <param name="Priority">Its place in that line.</param>
/// <param name="Sequence">Its number: who came first.</param>
public readonly record struct QueueRank(JobQueue Queue, JobPriority Priority, long Sequence) : IComparable<QueueRank>
{
    /// <inheritdoc/>
    public int CompareTo(QueueRank other) => (Queue, Priority, Sequence).CompareTo((other.Queue, other.Priority, other.Sequence));

    public static bool operator <(QueueRank left, QueueRank right) => left.CompareTo(right) < 0;

    public static bool operator >(QueueRank left, QueueRank right) => left.CompareTo(right) > 0;

    public static bool operator <=(QueueRank left, QueueRank right) => left.CompareTo(right) <= 0;

    public static bool operator >=(QueueRank left, QueueRank right) => left.CompareTo(right) >= 0;
}
