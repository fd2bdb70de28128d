using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Encode.Master;

/// <summary>
/// The time of day as it was at the start, counted on by CLOCK_BOOTTIME. Leases are measured on it: when the host's clock is set,
/// forward or back, none of them ends early or lasts for ever. Agents count theirs on the same kind of clock.
/// </summary>
/// <param name="wall">Tells the time of day once.</param>
internal sealed class SteadyClock(TimeProvider wall) : TimeProvider
{
    private const int ClockBootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerTick = NanosecondsPerSecond / TimeSpan.TicksPerSecond;

    private readonly DateTimeOffset startedAt = wall.GetUtcNow();
    private readonly long startedNanoseconds = Read();

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => startedAt.AddTicks((Read() - startedNanoseconds) / NanosecondsPerTick);

    /// <inheritdoc/>
    public override long GetTimestamp() => Read();

    private static long Read()
    {
        TimeSpec now = default;
        return ClockGetTime(ClockBootTime, ref now) == 0
            ? (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds
            : throw new InvalidOperationException($"read CLOCK_BOOTTIME: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    [DllImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, ref TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
