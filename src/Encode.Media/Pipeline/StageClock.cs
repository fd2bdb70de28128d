using System.Diagnostics;

namespace Encode.Media.Pipeline;

/// <summary>
/// Busy time of one stage, and the managed memory that its thread allocated. Written by the stage's thread, read after it has ended.
/// A clock that several threads write in turn starts its count of memory anew with each.
/// </summary>
internal sealed class StageClock(string name)
{
    /// <summary>Steps after which all that a stage needs once is there: codecs open, pools and queues filled, code compiled.</summary>
    private const long WarmSteps = 2000;

    private long _ticks;
    private long _steps;
    private int _thread;
    private long _allocatedAtStart;
    private long _allocatedWarm;
    private long _allocated;

    public string Name { get; } = name;

    public double Seconds => (double)Volatile.Read(ref _ticks) / Stopwatch.Frequency;

    /// <summary>Calls that were timed: a few for each frame or packet.</summary>
    public long Steps => _steps;

    /// <summary>Managed bytes that the stage's thread has allocated between the first and the last step, inside of steps and between them.</summary>
    public long AllocatedBytes => _allocated - _allocatedAtStart;

    /// <summary>The part of <see cref="AllocatedBytes"/> that came once the stage was warm; null while it is not.</summary>
    public long? AllocatedWarmBytes => _steps > WarmSteps ? _allocated - _allocatedWarm : null;

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
}
