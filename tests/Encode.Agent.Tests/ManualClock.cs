namespace Encode.Agent.Tests;

/// <summary>A clock that stands until a test moves it. It has no timers.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _now = 1_000_000_000_000;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public void Advance(double seconds) => Interlocked.Add(ref _now, (long)(seconds * TimestampFrequency));
}
