using Encode.Agent.Supervisor;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>How often a fault that lasts is told.</summary>
public sealed class ReminderTests
{
    [Fact]
    public void Each_reason_is_told_at_once_and_again_each_minute()
    {
        ManualClock clock = new();
        Reminder reminder = new(clock);
        Assert.True(reminder.IsDue("one"));
        Assert.False(reminder.IsDue("one"));
        clock.Advance(10);
        Assert.True(reminder.IsDue("another"));
        Assert.False(reminder.IsDue("one"));
        clock.Advance(49);
        Assert.False(reminder.IsDue("one"));
        clock.Advance(1);
        Assert.True(reminder.IsDue("one"));
        Assert.True(reminder.IsDue("another"));
        Assert.False(reminder.IsDue("one"));
    }
}
