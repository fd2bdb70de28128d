namespace Encode.Agent.Supervisor;

/// <summary>Stops an attempt that works for longer than its job allows; a pause does not count.</summary>
internal sealed class WorkLimit : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly ITimer? _timer;
    private TimeSpan _left;
    private long _since;

    /// <summary>Begins to count.</summary>
    internal WorkLimit(Attempt attempt, TimeProvider clock)
    {
        _clock = clock;
        _left = TimeSpan.FromSeconds(attempt.Offer.TimeoutSeconds);
        _timer = attempt.Offer.TimeoutSeconds > 0
            ? clock.CreateTimer(_ => attempt.Stop(StopCause.TimedOut), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan)
            : null;
        Go();
    }

    /// <summary>Counts on.</summary>
    internal void Go()
    {
        _since = _clock.GetTimestamp();
        _timer?.Change(_left > TimeSpan.Zero ? _left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops counting.</summary>
    internal void Rest()
    {
        _left -= _clock.GetElapsedTime(_since);
        _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();
}
