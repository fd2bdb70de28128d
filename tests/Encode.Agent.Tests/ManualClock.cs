namespace Encode.Agent.Tests;

/// <summary>A clock that stands until a test moves it; its timers fire on the thread that does.</summary>
internal sealed class ManualClock : TimeProvider
{
    private const long Frequency = 1_000_000_000;

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _now = 1_000 * Frequency;

    public override long TimestampFrequency => Frequency;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on, from one timer that falls due to the next.</summary>
    public void Advance(double seconds)
    {
        long end = GetTimestamp() + (long)(seconds * Frequency);
        while (NextDue(end) is { } timer)
        {
            timer.Fire();
        }

        Interlocked.Exchange(ref _now, end);
    }

    private ManualTimer? NextDue(long end)
    {
        lock (_lock)
        {
            ManualTimer? next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (next is not null)
            {
                Interlocked.Exchange(ref _now, Math.Max(_now, next.Due));
                next.SetNext();
            }

            return next;
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long Due { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                _period = period;
                Due = In(dueTime);
                if (!clock._timers.Contains(this))
                {
                    clock._timers.Add(this);
                }
            }

            return true;
        }

        public void SetNext() => Due = _period > TimeSpan.Zero ? In(_period) : long.MaxValue;

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._lock)
            {
                Due = long.MaxValue;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private long In(TimeSpan time) => time < TimeSpan.Zero ? long.MaxValue : clock.GetTimestamp() + (long)(time.TotalSeconds * Frequency);
    }
}
