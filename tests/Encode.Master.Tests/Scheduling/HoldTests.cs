using Encode.Contracts.Messages;
using Encode.Master.Scheduling;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>Leases, heartbeats and time limits of what nodes hold.</summary>
public sealed class HoldTests
{
    private readonly CoreUnderTest core = new();

    public HoldTests() => core.Start(CoreUnderTest.Node("a"));

    [Fact]
    public void Lease_that_expires_puts_the_job_back()
    {
        core.Run("j");
        Assert.Equal(core.Now + Samples.Lease, core.State.Timer);
        core.Wait(Samples.Lease);
        Assert.Equal((AttemptEnd.LeaseExpired, CoreUnderTest.Key("j"), "a"), (core.Ended().End, core.Ended().Key, core.Ended().NodeId));
        Assert.Contains(new SchedulerEffect.SendCancel("a", CoreUnderTest.Key("j")), core.Effects);
    }

    [Fact]
    public void A_timer_that_goes_off_too_early_is_set_again()
    {
        core.Run("j");
        DateTimeOffset due = core.Now + Samples.Lease;
        core.Wait(Samples.Lease / 2);
        Assert.Equal([new SchedulerEffect.SetTimer(due)], core.Effects);
        core.Wait(Samples.Lease / 2);
        Assert.Equal(AttemptEnd.LeaseExpired, core.Ended().End);
    }

    [Fact]
    public void A_heartbeat_that_names_the_attempt_renews_its_lease()
    {
        core.Run("j");
        core.Wait(Samples.Lease / 2);
        core.Heard("a", "j");
        core.Wait(Samples.Lease / 2);
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
        Assert.Equal(core.Now + (Samples.Lease / 2), core.State.Timer);
    }

    [Fact]
    public void An_end_that_the_store_refuses_is_asked_for_again_when_the_renewed_lease_ends()
    {
        core.Run("j");
        core.Wait(Samples.Lease);
        core.Tell(new SchedulerEvent.EndRefused(CoreUnderTest.Key("j"), core.Now.AddSeconds(30)));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
        core.Wait(TimeSpan.FromSeconds(30));
        Assert.Equal(AttemptEnd.LeaseExpired, core.Ended().End);
        core.Tell(new SchedulerEvent.EndRefused(CoreUnderTest.Key("j"), null));
        Assert.Empty(core.State.Holds);
    }

    [Fact]
    public void An_attempt_that_its_agent_forgot_goes_back_at_the_next_heartbeat()
    {
        core.Run("j");
        core.Wait(TimeSpan.FromSeconds(5));
        core.Heard("a");
        Assert.Equal(AttemptEnd.Forgotten, core.Ended().End);
    }

    [Fact]
    public void A_heartbeat_that_crossed_the_acceptance_is_not_believed()
    {
        core.Run("j");
        core.Wait(SchedulerLimits.InFlight / 2);
        core.Heard("a");
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
    }

    [Fact]
    public void A_heartbeat_does_not_touch_an_offer_that_is_on_its_way()
    {
        core.Queue(core.Job("j"));
        core.Claim("j");
        core.Wait(TimeSpan.FromSeconds(4));
        core.Heard("a");
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
    }

    [Fact]
    public void An_unanswered_offer_keeps_its_claim_until_a_heartbeat_tells()
    {
        core.Queue(core.Job("j"));
        core.Claim("j");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("j"), null));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());

        // Nothing more is offered to a node that does not answer.
        core.Queue(core.Job("k"));
        Assert.Empty(core.Claims());
        core.Wait(SchedulerLimits.InFlight);
        core.Heard("a");
        Assert.Equal((AttemptEnd.NeverTaken, "j"), (core.Ended().End, core.Ended().Key.JobId));
        Assert.Equal(["k@a"], core.Claims());
    }

    [Fact]
    public void An_unanswered_offer_that_was_taken_all_the_same_goes_on()
    {
        core.Queue(core.Job("j"));
        core.Claim("j");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("j"), null));
        core.Heard("a", "j");
        Assert.Equal(HoldPhase.Taken, core.State.Holds["j"].Phase);
    }

    [Fact]
    public void An_unanswered_offer_goes_back_when_its_lease_ends_and_costs_nothing()
    {
        core.Queue(core.Job("j"));
        core.Claim("j");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("j"), null));
        core.Wait(Samples.Lease);
        Assert.Equal(AttemptEnd.OfferExpired, core.Ended().End);
    }

    [Fact]
    public void A_heartbeat_that_waited_for_the_disk_counts_from_when_it_came()
    {
        core.Run("j");
        DateTimeOffset came = core.Now;
        core.Now += SchedulerLimits.InFlight * 2;
        core.Tell(new SchedulerEvent.NodeHeard("a", 2, 2, new HashSet<string>(), false, new HashSet<string>(), core.Now + Samples.Lease, came));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
        core.Heard("a");
        Assert.Equal(AttemptEnd.Forgotten, core.Ended().End);
    }

    [Fact]
    public void A_heartbeat_that_crossed_an_offer_that_was_given_up_is_not_believed()
    {
        core.Queue(core.Job("j"));
        core.Claim("j");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("j"), null));
        core.Heard("a");
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
        core.Heard("a", "j");
        Assert.Equal(HoldPhase.Taken, core.State.Holds["j"].Phase);
    }

    [Fact]
    public void An_attempt_that_takes_too_long_is_stopped_once()
    {
        core.Run("j", timeoutSeconds: 10);
        core.Wait(TimeSpan.FromSeconds(10));
        core.Heard("a", "j");
        core.Wait(Samples.Lease - TimeSpan.FromSeconds(1));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
        core.Heard("a", "j");
        core.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(AttemptEnd.TimedOut, core.Ended().End);
        Assert.Contains(new SchedulerEffect.SendCancel("a", CoreUnderTest.Key("j")), core.Effects);
        core.Wait(TimeSpan.FromSeconds(1));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
    }

    [Fact]
    public void A_cancel_is_sent_to_the_node_that_holds_the_job()
    {
        core.Run("j");
        core.Tell(new SchedulerEvent.JobCanceled("j", "a", CoreUnderTest.Key("j")));
        Assert.Equal([new SchedulerEffect.SendCancel("a", CoreUnderTest.Key("j"))], core.Effects);
    }

    [Fact]
    public void A_job_that_publishes_has_no_lease_and_no_time_limit()
    {
        core.Run("j", timeoutSeconds: 10);
        core.Tell(new SchedulerEvent.JobPublishing("j"));
        for (int i = 0; i < 20; i++)
        {
            core.Wait(TimeSpan.FromMinutes(1));
            core.Heard("a", "j");
            Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
            Assert.Empty(core.Effects.OfType<SchedulerEffect.GiveUpPublishing>());
        }
    }

    [Fact]
    public void A_job_whose_node_never_comes_back_to_publish_is_given_up()
    {
        core.Run("j");
        core.Tell(new SchedulerEvent.JobPublishing("j"));
        core.Wait(SchedulerLimits.PublishingPatience - TimeSpan.FromSeconds(1));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.GiveUpPublishing>());
        core.Wait(TimeSpan.FromSeconds(1));
        Assert.Single(core.Effects.OfType<SchedulerEffect.GiveUpPublishing>());
    }

    [Fact]
    public void A_job_whose_node_forgot_to_publish_it_is_given_up_after_a_lease()
    {
        core.Run("j");
        core.Tell(new SchedulerEvent.JobPublishing("j"));
        core.Wait(TimeSpan.FromSeconds(30));
        core.Heard("a");
        Assert.Empty(core.Effects.OfType<SchedulerEffect.GiveUpPublishing>());
        core.Wait(Samples.Lease);
        core.Heard("a");
        Assert.Single(core.Effects.OfType<SchedulerEffect.GiveUpPublishing>());
    }

    [Fact]
    public void After_a_start_of_the_master_held_jobs_keep_their_slots_and_their_leases()
    {
        CoreUnderTest again = new();
        again.Tell(new SchedulerEvent.Started([CoreUnderTest.Node("a")], [new Hold
        {
            JobId = "j", NodeId = "a", Key = CoreUnderTest.Key("j"), Phase = HoldPhase.Taken, Since = again.Now, LeaseUntil = again.Now + Samples.Lease,
        }]));
        again.Tell(new SchedulerEvent.QueueRead([], false, true, null));
        again.Wait(TimeSpan.FromSeconds(3));
        again.Heard("a", "j");
        again.Queue(again.Job("k"));
        again.Queue(again.Job("l"));
        Assert.Equal(2, again.State.Holds.Count);
        again.Wait(Samples.Lease);
        Assert.Equal("j", again.Ended().Key.JobId);
    }

    [Fact]
    public void An_answer_to_an_earlier_attempts_offer_means_nothing()
    {
        core.Queue(core.Job("j"));
        core.Claim("j");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("j", 7), new OfferReply(false)));
        Assert.Equal(HoldPhase.Offered, core.State.Holds["j"].Phase);
        Assert.Empty(core.Effects.OfType<SchedulerEffect.EndAttempt>());
    }
}
