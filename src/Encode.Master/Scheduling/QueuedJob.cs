using Encode.Contracts.Jobs;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <summary>A waiting job, as much of it as placing it takes.</summary>
/// <param name="Id">The job.</param>
/// <param name="Rank">Its place in the order of service.</param>
/// <param name="Needs">What it asks of a node.</param>
/// <param name="AvoidNode">The node of the last attempt that failed, when another one is preferred after how that ended.</param>
/// <param name="NotBefore">Not offered before this time.</param>
/// <param name="PreferNode">The node where the last attempt has left its work; it gets the job where it has a slot free.</param>
public sealed record QueuedJob(string Id, QueueRank Rank, JobNeeds Needs, string? AvoidNode = null, DateTimeOffset? NotBefore = null, string? PreferNode = null)
{
    /// <summary>What the core sees of a stored job.</summary>
    public static QueuedJob Of(JobRow job) => new(
        job.Id,
        job.Rank,
        JobNeeds.Of(job),
        job.LeftOnNodeId is null && job.Error is { } error && ErrorPolicy.PrefersAnotherNode(error.Class) ? job.FailedNodeId : null,
        job.NotBefore,
        job.LeftOnNodeId);
}
