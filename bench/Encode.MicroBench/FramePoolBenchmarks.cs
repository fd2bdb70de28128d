using BenchmarkDotNet.Attributes;
using Encode.Media;
using Encode.Media.Frames;

namespace Encode.MicroBench;

/// <summary>What one frame costs on its way through the pools, apart from its picture. Both must allocate nothing.</summary>
[MemoryDiagnoser]
public class FramePoolBenchmarks : IDisposable
{
    private FramePool _pool = null!;
    private StageQueue<MediaFrame> _queue = null!;

    [GlobalSetup]
    public void SetUp()
    {
        MediaRuntime.Initialize();
        _pool = new FramePool();
        _queue = new StageQueue<MediaFrame>(capacity: 4);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _pool.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void RentAndReturn()
    {
        using MediaFrame frame = _pool.Rent();
    }

    [Benchmark]
    public void RentAndReturnThroughQueue()
    {
        _queue.Send(_pool.Rent());
        using MediaFrame? frame = _queue.Receive();
    }
}
