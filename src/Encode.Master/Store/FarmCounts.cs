using Encode.Contracts.Jobs;
using Encode.Contracts.Nodes;

namespace Encode.Master.Store;

/// <summary>How many jobs, nodes and files there are, at one moment.</summary>
/// <param name="Jobs">Jobs by state, queue and the class of their newest error; kinds that have none may be absent.</param>
/// <param name="Nodes">Nodes by state.</param>
/// <param name="Files">Files by state, with their bytes as far as they are known: an upload counts when it is finished.</param>
/// <param name="DatabaseBytes">Size of the database.</param>
/// <param name="LogBytes">Size of its write-ahead log; 0 in memory.</param>
public sealed record FarmCounts(
    IReadOnlyList<FarmCounts.JobCount> Jobs,
    IReadOnlyList<FarmCounts.NodeCount> Nodes,
    IReadOnlyList<FarmCounts.FileCount> Files,
    long DatabaseBytes,
    long LogBytes)
{
    /// <summary>Jobs of one kind.</summary>
    public sealed record JobCount(JobState State, JobQueue Queue, ErrorClass? Class, long Jobs);

    /// <summary>Nodes of one state and their slots.</summary>
    public sealed record NodeCount(NodeState State, long Nodes, long Slots, long SlotsFree);

    /// <summary>Files of one state.</summary>
    public sealed record FileCount(FileState State, long Files, long Bytes);
}
