using System.Runtime.InteropServices;

namespace Encode.Agent.Native;

/// <summary>
/// A clock that counts on while the host is suspended. Leases are measured on it: an agent that slept through its lease must
/// know so when it wakes, and CLOCK_MONOTONIC, which .NET uses, would not tell.
/// </summary>
public sealed class BootClock : TimeProvider
{
    private const int ClockBootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The one instance; it has no state.</summary>
    public static BootClock Instance { get; } = new();

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        Libc.TimeSpec now = default;
        if (Libc.clock_gettime(ClockBootTime, ref now) != 0)
        {
            throw new InvalidOperationException($"read CLOCK_BOOTTIME: {Libc.Describe(Marshal.GetLastPInvokeError())}");
        }

        return (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds;
    }
}
