using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <summary>
/// How long an agent may go on with an attempt. Counted from when the acknowledged heartbeat was <em>sent</em>, which is before the
/// master counted, on a clock that does not stop while the host sleeps; and ended early by a margin, so that by the time the master
/// gives the job away nobody works on it here. Thread-safe.
/// </summary>
/// <param name="clock">A clock that counts on while the host is suspended.</param>
/// <param name="from">When the lease began: a timestamp of that clock.</param>
/// <param name="seconds">How long it lasts.</param>
public sealed class Lease(TimeProvider clock, long from, double seconds)
{
    /// <summary>Share of a short lease that is kept as its margin, where ten seconds would leave nothing.</summary>
    private const double MarginShare = 0.2;

    private readonly Lock _lock = new();
    private long _from = from;
    private double _seconds = seconds;

    /// <summary>How long work may go on; negative once it must have stopped.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                return TimeSpan.FromSeconds(_seconds - MarginOf(_seconds)) - clock.GetElapsedTime(_from);
            }
        }
    }

    /// <summary>Whether work must stop now.</summary>
    public bool IsOver => Remaining <= TimeSpan.Zero;

    /// <summary>The margin of a lease in seconds.</summary>
    public static double MarginOf(double leaseSeconds) => Math.Min(MessageLimits.LeaseMarginSeconds, leaseSeconds * MarginShare);

    /// <summary>A heartbeat that was sent at a time was acknowledged. An older one than the last changes nothing.</summary>
    public void Renew(long sentAt, double leaseSeconds)
    {
        lock (_lock)
        {
            if (sentAt >= _from)
            {
                _from = sentAt;
                _seconds = leaseSeconds;
            }
        }
    }
}
