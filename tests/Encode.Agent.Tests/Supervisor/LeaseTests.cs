using System.Diagnostics;
using Encode.Agent.Native;
using Encode.Agent.Supervisor;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>How long an agent may go on without the master.</summary>
public sealed class LeaseTests
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(90, 80)]
    [InlineData(60, 50)]
    [InlineData(50, 40)]
    [InlineData(3, 2.4)]
    public void Work_stops_before_the_lease_ends(double leaseSeconds, double workSeconds)
    {
        Lease lease = new(_clock, _clock.GetTimestamp(), leaseSeconds);
        _clock.Advance(workSeconds - 0.01);
        Assert.False(lease.IsOver);
        _clock.Advance(0.02);
        Assert.True(lease.IsOver);
    }

    [Fact]
    public void A_renewal_counts_from_when_the_heartbeat_was_sent()
    {
        Lease lease = new(_clock, _clock.GetTimestamp(), 90);
        _clock.Advance(30);
        long sent = _clock.GetTimestamp();
        _clock.Advance(20);
        lease.Renew(sent, 90);
        Assert.Equal(60, lease.Remaining.TotalSeconds, 0.001);
    }

    [Fact]
    public void An_answer_that_comes_late_takes_nothing_back()
    {
        Lease lease = new(_clock, _clock.GetTimestamp(), 90);
        long first = _clock.GetTimestamp();
        _clock.Advance(30);
        lease.Renew(_clock.GetTimestamp(), 90);
        lease.Renew(first, 90);
        Assert.Equal(80, lease.Remaining.TotalSeconds, 0.001);
    }

    [Fact]
    public void The_clock_of_leases_counts_since_the_boot_of_the_host()
    {
        // Like the clock that stands still while the host sleeps, or ahead of it; /proc/uptime is a container's own in places.
        double awake = Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        Assert.InRange(BootClock.Instance.GetTimestamp() / 1e9, awake, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 2.0);
        long before = BootClock.Instance.GetTimestamp();
        Assert.True(BootClock.Instance.GetTimestamp() >= before);
    }
}
