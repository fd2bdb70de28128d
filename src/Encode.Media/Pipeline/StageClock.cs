using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;

namespace Encode.Media.Pipeline;

/// <summary>
/// Measures one stage. A stage with a thread of its own is busy for as long as the thread lives and does not wait at a queue
/// (<see cref="Begin"/>, <see cref="End"/>); one that runs on others' threads adds up its steps (<see cref="Add"/>). Written by the
/// stage's thread, read after it has ended. A clock that several threads write in turn starts its count of memory anew with each.
/// </summary>
internal sealed class StageClock(string name)
{
    /// <summary>Steps after which all that a stage needs once is there: codecs open, pools and queues filled, code compiled.</summary>
    private const long WarmSteps = 2000;

    private readonly StageWaits _waits = new();
    private readonly FrameTimes _frameTimes = new();
    private long _ticks;
    private long _steps;
    private int _thread;
    private long _allocatedAtStart;
    private long _allocatedWarm;
    private long _allocated;
    private long _began;
    private double _cpuAtStart;
    private long _lifeTicks;
    private double _cpuSeconds;
    private long _frames;
    private long _lastFrame;

    public string Name { get; } = name;

    /// <summary>The queue that it takes its work from; null where it makes or reads it.</summary>
    public IStageQueue? Input { get; set; }

    /// <summary>Bytes that it read, made or wrote; null where that is not counted.</summary>
    public long? Bytes { get; set; }

    /// <summary>Whether it had a thread of its own.</summary>
    public bool HasThread => _began != 0;

    /// <summary>Time it was busy.</summary>
    public double Seconds => (double)(HasThread ? _lifeTicks - _waits.InputTicks - _waits.OutputTicks : Volatile.Read(ref _ticks)) / Stopwatch.Frequency;

    /// <summary>Calls that were timed: a few for each frame or packet.</summary>
    public long Steps => _steps;

    /// <summary>Managed bytes that the stage's thread has allocated between the first and the last step, inside of steps and between them.</summary>
    public long AllocatedBytes => _allocated - _allocatedAtStart;

    /// <summary>The part of <see cref="AllocatedBytes"/> that came once the stage was warm; null while it is not.</summary>
    public long? AllocatedWarmBytes => _steps > WarmSteps ? _allocated - _allocatedWarm : null;

    /// <summary>All that was measured.</summary>
    public StageProfile Profile => HasThread
        ? new StageProfile(Name, Seconds)
        {
            InputWaitSeconds = (double)_waits.InputTicks / Stopwatch.Frequency,
            OutputWaitSeconds = (double)_waits.OutputTicks / Stopwatch.Frequency,
            CpuSeconds = _cpuSeconds,
            Frames = _frames,
            FrameP50Milliseconds = _frameTimes.Quantile(0.5),
            FrameP99Milliseconds = _frameTimes.Quantile(0.99),
            QueueDepthMean = Input?.Profile.AverageDepth,
            QueueDepthMax = Input?.Profile.MaxDepth,
            Bytes = Bytes,
            AllocatedBytes = AllocatedBytes,
        }
        : new StageProfile(Name, Seconds);

    /// <summary>The stage's thread begins.</summary>
    public void Begin()
    {
        StageWaits.Current = _waits;
        _cpuAtStart = ProcessFigures.ThreadCpuSeconds;
        _began = Stopwatch.GetTimestamp();
    }

    /// <summary>The stage's thread ends.</summary>
    public void End()
    {
        _lifeTicks = Stopwatch.GetTimestamp() - _began;
        _cpuSeconds = ProcessFigures.ThreadCpuSeconds - _cpuAtStart;
        StageWaits.Current = null;
    }

    /// <summary>Adds what has passed since a <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public void Add(long since)
    {
        _ticks += Stopwatch.GetTimestamp() - since;
        _allocated = GC.GetAllocatedBytesForCurrentThread();
        if (_thread != Environment.CurrentManagedThreadId)
        {
            _thread = Environment.CurrentManagedThreadId;
            _allocatedAtStart = _allocated;
        }

        if (++_steps == WarmSteps)
        {
            _allocatedWarm = _allocated;
        }
    }

    /// <summary>A frame is done; the busy time since the one before is its time.</summary>
    public void CountFrame()
    {
        long busy = Stopwatch.GetTimestamp() - _waits.InputTicks - _waits.OutputTicks;
        if (_frames++ > 0)
        {
            _frameTimes.Add(busy - _lastFrame);
        }

        _lastFrame = busy;
    }
}
