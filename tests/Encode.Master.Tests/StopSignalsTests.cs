using Encode.Master.Tests.Store;
using Encode.Messaging.Logging;

namespace Encode.Master.Tests;

/// <summary>Which signals drain, which are repeats, and which end the process.</summary>
public sealed class StopSignalsTests
{
    [Fact]
    public void A_signal_that_comes_twice_at_once_is_one_and_a_later_one_ends_the_process_after_a_line()
    {
        StringWriter log = new();
        ManualClock clock = new();
        using CancellationTokenSource stop = new();
        StopSignals signals = new(stop, clock, new LineLoggerProvider(log, json: false, TimeProvider.System).CreateLogger("Encode.Master"));
        Assert.True(signals.Take());
        Assert.True(stop.IsCancellationRequested);
        Assert.True(signals.Take());
        clock.Advance(StopSignals.RepeatTime - TimeSpan.FromMilliseconds(1));
        Assert.True(signals.Take());
        Assert.Empty(log.ToString());

        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(signals.Take());
        Assert.Contains("ends at once", log.ToString(), StringComparison.Ordinal);
    }
}
