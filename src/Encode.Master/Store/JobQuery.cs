using Encode.Contracts.Jobs;

namespace Encode.Master.Store;

/// <summary>Which jobs to list. Newest first.</summary>
public sealed record JobQuery
{
    /// <summary>Most jobs on a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Only jobs in this state.</summary>
    public JobState? State { get; init; }

    /// <summary>Only jobs of this queue.</summary>
    public JobQueue? Queue { get; init; }

    /// <summary>Jobs on a page, from 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>The <see cref="JobPage.Next"/> of the page before; null for the first.</summary>
    public long? After { get; init; }
}
