namespace Encode.Contracts.Jobs;

/// <summary>How a stage of an attempt went. A stage of the encode has a thread of its own and all figures; the others have a time.</summary>
/// <param name="Name">input, open, demux, decode, filter, encode, audio, mux, verify, upload; with a track's name where there are several.</param>
/// <param name="Seconds">Time it was busy: its thread's life without the waits for other stages. A wait for the disk or for a codec's own threads is work.</param>
public sealed record StageProfile(string Name, double Seconds)
{
    /// <summary>Seconds that it waited for something to do.</summary>
    public double? InputWaitSeconds { get; init; }

    /// <summary>Seconds that it waited for room to put its work.</summary>
    public double? OutputWaitSeconds { get; init; }

    /// <summary>Processor time of its thread in seconds. What a codec does on threads of its own is in <see cref="ResourceUse.CpuSeconds"/> alone.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Pictures, packets or runs of samples that it handled.</summary>
    public long? Frames { get; init; }

    /// <summary>Busy time between two frames that half of all frames stay below, in milliseconds; the first frame, which carries the opening, is left out.</summary>
    public double? FrameP50Milliseconds { get; init; }

    /// <summary>The same for 99 of 100 frames.</summary>
    public double? FrameP99Milliseconds { get; init; }

    /// <summary>Items that it found waiting on average when it came for one: near the queue's size it is the bottleneck, near 0 the stage before it is slower.</summary>
    public double? QueueDepthMean { get; init; }

    /// <summary>Most items that waited for it.</summary>
    public int? QueueDepthMax { get; init; }

    /// <summary>Bytes that it read (demux), made (encode, audio) or wrote (mux).</summary>
    public long? Bytes { get; init; }

    /// <summary>Managed bytes that its thread allocated.</summary>
    public long? AllocatedBytes { get; init; }
}
