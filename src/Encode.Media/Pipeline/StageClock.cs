using System.Diagnostics;

namespace Encode.Media.Pipeline;

/// <summary>Busy time of one stage. Written by the stage's thread, read after it has ended.</summary>
internal sealed class StageClock(string name)
{
    private long _ticks;

    public string Name { get; } = name;

    public double Seconds => (double)Volatile.Read(ref _ticks) / Stopwatch.Frequency;

    /// <summary>Adds what has passed since a <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public void Add(long since) => _ticks += Stopwatch.GetTimestamp() - since;
}
