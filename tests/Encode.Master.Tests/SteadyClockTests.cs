using Encode.Master.Tests.Store;

namespace Encode.Master.Tests;

/// <summary>The clock that leases are measured on.</summary>
public sealed class SteadyClockTests
{
    [Fact]
    public void Setting_the_hosts_clock_moves_no_lease()
    {
        ManualClock wall = new();
        SteadyClock clock = new(wall);
        DateTimeOffset before = clock.GetUtcNow();
        Assert.InRange(before - wall.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        wall.Advance(TimeSpan.FromHours(2));
        Assert.InRange(clock.GetUtcNow() - before, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        wall.Advance(TimeSpan.FromHours(-4));
        Assert.InRange(clock.GetUtcNow() - before, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Time_goes_on()
    {
        SteadyClock clock = new(TimeProvider.System);
        DateTimeOffset before = clock.GetUtcNow();
        Assert.True(SpinWait.SpinUntil(() => clock.GetUtcNow() > before, TimeSpan.FromSeconds(30)));
        Assert.InRange(clock.GetUtcNow() - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
    }
}
