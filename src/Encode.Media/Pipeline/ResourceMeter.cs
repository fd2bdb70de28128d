using Encode.Contracts.Jobs;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>Measures what a transcode takes of its process, from the moment this is made.</summary>
internal sealed class ResourceMeter
{
    private readonly double _cpuSeconds;
    private readonly long _allocated;

    public ResourceMeter()
    {
        ProcessFigures.RestartPeaks();
        _cpuSeconds = ProcessFigures.CpuSeconds;
        _allocated = GC.GetTotalAllocatedBytes();
    }

    /// <summary>What was taken until now.</summary>
    public ResourceUse Read(long? inputBytes, long outputBytes) => new()
    {
        CpuSeconds = ProcessFigures.CpuSeconds - _cpuSeconds,
        InputBytes = inputBytes,
        OutputBytes = outputBytes,
        PeakMemoryBytes = ProcessFigures.PeakResidentBytes,
        PictureMemoryBytes = PictureMemory.Counts.Peak,
        AllocatedBytes = GC.GetTotalAllocatedBytes() - _allocated,
    };
}
