namespace Encode.Master.Metrics;

/// <summary>A count that only grows, for any number of threads.</summary>
internal sealed class Counter
{
    private long value;

    /// <summary>The number.</summary>
    public long Value => Interlocked.Read(ref value);

    /// <summary>Adds one.</summary>
    public void Increment() => Interlocked.Increment(ref value);
}
