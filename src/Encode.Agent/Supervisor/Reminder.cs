namespace Encode.Agent.Supervisor;

/// <summary>
/// When a fault that lasts is worth a line: each reason at once, and again each minute while it lasts. So it neither fills the log nor is
/// forgotten in it. For one caller at a time.
/// </summary>
internal sealed class Reminder(TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _told = [];
    private long _since;

    /// <summary>Whether to say a reason now.</summary>
    internal bool IsDue(string reason)
    {
        if (_told.Count == 0 || clock.GetElapsedTime(_since) >= Interval)
        {
            _told.Clear();
            _since = clock.GetTimestamp();
        }

        return _told.Add(reason);
    }
}
