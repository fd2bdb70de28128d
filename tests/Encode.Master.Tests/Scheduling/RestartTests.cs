using Encode.Master.Dispatch;
using Encode.Master.Scheduling;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>What a master that starts again makes of attempts that were paused, or have been.</summary>
public sealed class RestartTests : IDisposable
{
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(300);

    private readonly ManualClock clock = new();
    private readonly CoreUnderTest core = new();
    private readonly EncodeStore store;

    public RestartTests() => store = EncodeStore.Open(new StoreOptions { Clock = clock });

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task A_pause_does_not_count_as_time_that_a_job_took_and_it_ends_all_the_same()
    {
        JobRow job = await PausedAsync();
        await store.ResumeAsync("1");
        await store.MarkRunningAsync(Samples.NodeA, job.Key!);
        await RestartAsync();
        DateTimeOffset started = core.Now;
        while (core.Effects.OfType<SchedulerEffect.EndAttempt>().FirstOrDefault() is not { Ending.End: AttemptEnd.TimedOut } && core.Now < started + TimeSpan.FromDays(1))
        {
            core.Now += TimeSpan.FromSeconds(Samples.HeartbeatSeconds);
            core.Heard(Samples.NodeA, job.Id);
        }

        Assert.Equal(started + Samples.Lease + Allowed, core.Now);
    }

    [Fact]
    public async Task One_that_stands_still_is_left_alone()
    {
        await PausedAsync();
        await RestartAsync();
        Assert.Empty(core.State.Holds);
    }

    [Fact]
    public async Task One_that_is_to_go_on_is_waited_for_and_then_begins_anew()
    {
        await PausedAsync();
        await store.ResumeAsync("1");
        await RestartAsync();
        core.Wait(SchedulerLimits.ResumePatience);
        Assert.Equal(AttemptEnd.NotResumed, core.Ended().End);
    }

    /// <summary>A job that has a time limit and stood still for a day.</summary>
    private async Task<JobRow> PausedAsync()
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job() with { TimeoutSeconds = (int)Allowed.TotalSeconds });
        await store.PauseAsync("1");
        await store.MarkPausedAsync(Samples.NodeA, job.Key!);
        clock.Advance(TimeSpan.FromDays(1));
        return job;
    }

    private async Task RestartAsync()
    {
        IReadOnlyList<JobRow> held = await store.RenewAllLeasesAsync();
        core.Now = clock.GetUtcNow();
        core.Tell(StoreEvents.Started(await store.ListNodesAsync(), held, core.Now));
    }
}
