using BenchmarkDotNet.Attributes;
using Encode.Media;
using Encode.Media.Frames;

namespace Encode.MicroBench;

/// <summary>What it costs to hand a frame from stage to stage. Must allocate nothing.</summary>
[MemoryDiagnoser]
public class QueueBenchmarks : IDisposable
{
    private const int Capacity = 3;

    private FramePool _pool = null!;
    private StageQueue<MediaFrame> _there = null!;
    private StageQueue<MediaFrame> _back = null!;
    private StageQueue<MediaFrame> _alone = null!;
    private Thread _echo = null!;

    [GlobalSetup]
    public void SetUp()
    {
        MediaRuntime.Initialize();
        _pool = new FramePool();
        _there = new StageQueue<MediaFrame>(Capacity);
        _back = new StageQueue<MediaFrame>(Capacity);
        _alone = new StageQueue<MediaFrame>(Capacity);
        _echo = new Thread(Echo) { Name = "echo", IsBackground = true };
        _echo.Start();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _there.Complete();
        _echo.Join();
        _pool.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>In and out on one thread: the lock and the ring, nobody waits.</summary>
    [Benchmark]
    public void SendAndReceive()
    {
        _alone.Send(_pool.Rent());
        using MediaFrame? frame = _alone.Receive();
    }

    /// <summary>To another thread and back, both asleep in between: two hand-offs with a wake-up each, the worst case.</summary>
    [Benchmark(OperationsPerInvoke = 2)]
    public void HandOffToSleepingThread()
    {
        _there.Send(_pool.Rent());
        using MediaFrame? frame = _back.Receive();
    }

    /// <summary>As many as the queues hold on their way at once, as in a pipeline that is busy.</summary>
    [Benchmark(OperationsPerInvoke = 2 * Capacity)]
    public void HandOffInFlow()
    {
        for (int i = 0; i < Capacity; i++)
        {
            _there.Send(_pool.Rent());
        }

        for (int i = 0; i < Capacity; i++)
        {
            using MediaFrame? frame = _back.Receive();
        }
    }

    private void Echo()
    {
        while (_there.Receive() is { } frame)
        {
            _back.Send(frame);
        }
    }
}
