using BenchmarkDotNet.Attributes;
using Encode.Media;
using Encode.Media.Frames;

namespace Encode.MicroBench;

/// <summary>What a shell of a frame or a packet costs, apart from what it holds. Must allocate nothing.</summary>
[MemoryDiagnoser]
public class PoolBenchmarks : IDisposable
{
    private FramePool _frames = null!;
    private PacketPool _packets = null!;

    [GlobalSetup]
    public void SetUp()
    {
        MediaRuntime.Initialize();
        _frames = new FramePool();
        _packets = new PacketPool();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _frames.Dispose();
        _packets.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void RentAndReturnFrame()
    {
        using MediaFrame frame = _frames.Rent();
    }

    [Benchmark]
    public void RentAndReturnPacket()
    {
        using MediaPacket packet = _packets.Rent();
    }
}
