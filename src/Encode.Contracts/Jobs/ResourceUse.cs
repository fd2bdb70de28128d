namespace Encode.Contracts.Jobs;

/// <summary>
/// What an encode took of its host. Memory is that of the process: a cell runs one job at a time, so there it is the job's and what the cell
/// keeps warm; with <c>--isolation none</c> it is shared by all jobs of the agent.
/// </summary>
public sealed record ResourceUse
{
    /// <summary>Processor time of all threads in seconds, user and system.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Bytes read from the input, counting those read twice.</summary>
    public long? InputBytes { get; init; }

    /// <summary>Length of all output files in bytes.</summary>
    public long? OutputBytes { get; init; }

    /// <summary>Most memory that was resident during the encode, in bytes (<c>VmHWM</c>, proc(5)); null where there is no /proc.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>The part of it that was in decoded pictures at most, in bytes.</summary>
    public long? PictureMemoryBytes { get; init; }

    /// <summary>Managed memory that was allocated, in bytes.</summary>
    public long? AllocatedBytes { get; init; }
}
