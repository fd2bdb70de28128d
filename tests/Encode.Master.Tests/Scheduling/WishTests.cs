using Encode.Contracts.Messages;
using Encode.Master.Scheduling;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>What a pause frees, and what becomes of a job that is to go on.</summary>
public sealed class WishTests
{
    private readonly CoreUnderTest core = new();

    public WishTests() => core.Start(CoreUnderTest.Node("a"));

    [Fact]
    public void A_pause_is_told_to_the_node_and_frees_its_slot()
    {
        core.Run("j");
        core.Run("k");
        Assert.Contains(new SchedulerEffect.SendWish("a", CoreUnderTest.Key("j"), ControlKind.Pause), core.Tell(new SchedulerEvent.PauseWanted("a", CoreUnderTest.Key("j"))));
        core.Queue(core.Job("l"));
        Assert.Empty(core.Claims());
        core.Tell(new SchedulerEvent.JobPaused(CoreUnderTest.Key("j")));
        Assert.Equal(["l@a"], core.Claims());
    }

    [Fact]
    public void A_paused_attempt_has_no_lease_that_ends_and_need_not_be_named()
    {
        core.Run("j");
        core.Tell(new SchedulerEvent.JobPaused(CoreUnderTest.Key("j")));
        core.Wait(TimeSpan.FromDays(1));
        core.Heard("a");
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
        Assert.Empty(core.State.Holds);
    }

    [Fact]
    public void One_that_goes_on_has_a_lease_again()
    {
        Resume();
        core.Tell(new SchedulerEvent.JobResumed(CoreUnderTest.Key("j"), "a", core.Now + Samples.Lease, 0));
        core.Wait(Samples.Lease);
        Assert.Equal(AttemptEnd.LeaseExpired, core.Ended().End);
    }

    [Fact]
    public void One_whose_node_does_not_come_back_begins_anew()
    {
        Resume();
        Assert.Equal(core.Now + SchedulerLimits.ResumePatience, core.State.Timer);
        core.Wait(SchedulerLimits.ResumePatience);
        Assert.Equal((AttemptEnd.NotResumed, CoreUnderTest.Key("j")), (core.Ended().End, core.Ended().Key));
    }

    [Fact]
    public void One_that_waits_for_a_slot_on_its_node_is_waited_for()
    {
        Resume();
        for (int i = 0; i < 5; i++)
        {
            core.Wait(SchedulerLimits.ResumePatience / 2);
            core.Heard("a", 2, 0, "j");
        }

        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
    }

    [Fact]
    public void One_that_is_paused_again_before_it_went_on_is_not_waited_for()
    {
        Resume();
        core.Tell(new SchedulerEvent.PauseWanted("a", CoreUnderTest.Key("j")));
        core.Wait(SchedulerLimits.ResumePatience);
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
    }

    [Fact]
    public void An_end_that_a_full_disk_refuses_is_not_asked_for_again_at_once()
    {
        Resume();
        core.Wait(SchedulerLimits.ResumePatience);
        Assert.Single(core.Effects.OfType<SchedulerEffect.EndAttempt>());
        IReadOnlyList<SchedulerEffect> effects = core.Tell(new SchedulerEvent.EndRefused(CoreUnderTest.Key("j"), core.Now + SchedulerLimits.StorePause));
        Assert.Empty(effects.OfType<SchedulerEffect.EndAttempt>());
    }

    private void Resume()
    {
        core.Run("j");
        core.Tell(new SchedulerEvent.JobPaused(CoreUnderTest.Key("j")));
        IReadOnlyList<SchedulerEffect> effects = core.Tell(new SchedulerEvent.ResumeWanted("a", CoreUnderTest.Key("j"), Stands: true));
        Assert.Contains(new SchedulerEffect.SendWish("a", CoreUnderTest.Key("j"), ControlKind.Resume), effects);
    }
}
