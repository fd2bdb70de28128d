using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;
using Encode.Master.Scheduling;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>Who gets which job, and when nobody does.</summary>
public sealed class PlacementTests
{
    private readonly CoreUnderTest core = new();

    [Fact]
    public void A_submitted_job_is_claimed_in_the_same_step()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Queue(core.Job("j"));
        Assert.Equal(["j@a"], core.Claims());
    }

    [Fact]
    public void A_node_that_drains_gets_nothing_until_it_does_no_more()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Tell(new SchedulerEvent.NodeDrained("a", Draining: true));
        core.Queue(core.Job("j"));
        Assert.Empty(core.Claims());
        core.Tell(new SchedulerEvent.NodeDrained("a", Draining: false));
        Assert.Equal(["j@a"], core.Claims());
    }

    [Fact]
    public void What_a_removed_node_held_goes_to_another_at_once()
    {
        core.Start(CoreUnderTest.Node("a"), CoreUnderTest.Node("b"));
        core.Run("j");
        core.Tell(new SchedulerEvent.AttemptOver("j", 1));
        core.Tell(new SchedulerEvent.NodeRemoved("a"));
        core.Queue(core.Job("j"));
        Assert.Equal(["j@b"], core.Claims());
    }

    [Fact]
    public void What_only_a_removed_node_could_run_waits_for_its_replacement_before_it_is_rejected()
    {
        core.Start(CoreUnderTest.Node("a", "/srv/media"), CoreUnderTest.Node("b"));
        core.Tell(new SchedulerEvent.NodeRemoved("a"));
        Assert.Empty(core.Queue(core.Job("j", CoreUnderTest.Needs(input: "/srv/media/in.mov"))).OfType<SchedulerEffect.Reject>());
        core.Tell(new SchedulerEvent.NodeRegistered(CoreUnderTest.Node("c")));
        Assert.Empty(core.Wait(2 * SchedulerLimits.Settle).OfType<SchedulerEffect.Reject>());
        Assert.Single(core.Wait(SchedulerLimits.Replacement).OfType<SchedulerEffect.Reject>());
    }

    [Fact]
    public void Jobs_are_spread_by_free_slots()
    {
        core.Start(CoreUnderTest.Node("a"), CoreUnderTest.Node("b"));
        List<string> claims = [];
        foreach (string id in (string[])["1", "2", "3", "4", "5"])
        {
            core.Queue(core.Job(id));
            claims.AddRange(core.Claims());
        }

        Assert.Equal(["1@a", "2@b", "3@a", "4@b"], claims);
    }

    [Fact]
    public void The_freed_slot_goes_to_the_job_that_is_first_in_the_order_of_service()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Run("x");
        core.Run("y");
        core.Queue(core.Job("batch", queue: JobQueue.Batch, priority: JobPriority.High));
        core.Queue(core.Job("low", priority: JobPriority.Low));
        core.Queue(core.Job("live", queue: JobQueue.Live, priority: JobPriority.Low));
        core.Queue(core.Job("high", priority: JobPriority.High));
        List<string> order = [];
        foreach (string ended in (string[])["x", "live", "high", "low"])
        {
            core.Tell(new SchedulerEvent.AttemptOver(ended, 1));
            order.AddRange(core.Claims());
            foreach (SchedulerEffect.Claim claim in core.Effects.OfType<SchedulerEffect.Claim>().ToList())
            {
                core.Claim(claim.JobId);
            }
        }

        Assert.Equal(["live@a", "high@a", "low@a", "batch@a"], order);
    }

    [Fact]
    public void A_node_gets_nothing_before_it_is_heard_while_it_drains_and_when_it_is_gone()
    {
        core.Tell(new SchedulerEvent.NodeRegistered(CoreUnderTest.Node("a")));
        core.Queue(core.Job("j"));
        Assert.Empty(core.Claims());
        core.Tell(new SchedulerEvent.NodeHeard("a", 2, 2, new HashSet<string>(), true, new HashSet<string>(), core.Now + Samples.Lease, core.Now));
        Assert.Empty(core.Claims());
        core.Heard("a");
        Assert.Equal(["j@a"], core.Claims());
        core.Now += Samples.Lease;
        core.Queue(core.Job("k"));
        Assert.Empty(core.Claims());
    }

    [Fact]
    public void Slots_that_are_away_get_nothing()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Heard("a", total: 2, free: 1);
        core.Queue(core.Job("j"));
        core.Queue(core.Job("k"));
        Assert.Empty(core.Claims());
        core.Heard("a", total: 2, free: 2);
        Assert.Equal(["k@a"], core.Claims());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_heartbeat_that_was_written_before_a_result_and_comes_after_it_gives_no_slot_twice(bool isOver)
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Heard("a", total: 1, free: 1);
        core.Run("j");
        core.Tell(isOver ? new SchedulerEvent.AttemptOver("j", 1) : new SchedulerEvent.JobPublishing("j"));
        core.Heard("a", total: 1, free: 1, "j");
        core.Queue(core.Job("k"));
        Assert.Equal(["k@a"], core.Claims());
        core.Claim("k");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("k"), new OfferReply(true)));
        core.Queue(core.Job("l"));
        Assert.Empty(core.Claims());
        // The next one of its kind names the job that has the slot as well.
        core.Heard("a", total: 1, free: 0, "j", "k");
        Assert.Empty(core.Claims());
    }

    [Fact]
    public void An_attempt_that_stands_still_while_it_is_thought_to_run_has_its_slot_kept()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Heard("a", total: 1, free: 1);
        core.Run("j");
        core.HeardPaused("a", "j");
        core.Queue(core.Job("k"));
        Assert.Empty(core.Claims());
    }

    [Fact]
    public void The_slot_of_an_attempt_that_ended_goes_by_the_order_of_service_to_its_own_job_too()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Heard("a", total: 1, free: 1);
        QueuedJob first = core.Job("j");
        core.Run("j");
        core.Queue(core.Job("k"));
        core.Tell(new SchedulerEvent.AttemptOver("j", 1, first));
        Assert.Equal(["j@a"], core.Claims());
    }

    [Fact]
    public void An_attempt_that_only_uploads_keeps_no_slot_from_the_next_job()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Heard("a", total: 1, free: 1);
        core.Run("j");
        core.Queue(core.Job("k"));
        Assert.Empty(core.Claims());
        core.Heard("a", total: 1, free: 1, "j");
        Assert.Equal(["k@a"], core.Claims());
        core.Claim("k");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("k"), new OfferReply(true)));
        core.Queue(core.Job("l"));
        Assert.Empty(core.Claims());

        // The upload's end frees nothing more: its slot is k's.
        core.Tell(new SchedulerEvent.AttemptOver("j", 1));
        Assert.Empty(core.Claims());
        core.Tell(new SchedulerEvent.AttemptOver("k", 1));
        Assert.Equal(["l@a"], core.Claims());
    }

    [Fact]
    public void A_file_goes_only_to_a_node_whose_root_holds_it()
    {
        core.Start(CoreUnderTest.Node("a", "/srv/med"), CoreUnderTest.Node("b", "/srv/media/"), CoreUnderTest.Node("c"));
        core.Queue(core.Job("j", CoreUnderTest.Needs(input: "/srv/media/in.mov")));
        Assert.Equal(["j@b"], core.Claims());
    }

    [Fact]
    public void A_job_that_no_registered_node_could_run_is_rejected()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Queue(core.Job("j", CoreUnderTest.Needs(EncoderChoice.Nvenc)));
        SchedulerEffect.Reject reject = Assert.Single(core.Effects.OfType<SchedulerEffect.Reject>());
        Assert.Equal("place the job: no registered node has a nvenc encoder for h264 with 8 bits a sample; register one, or change the job", reject.Reason);
        core.Queue(core.Job("k", CoreUnderTest.Needs(input: "/elsewhere/in.mov")));
        Assert.Contains("has a media root that holds '/elsewhere/in.mov'", Assert.Single(core.Effects.OfType<SchedulerEffect.Reject>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void With_no_nodes_at_all_a_job_waits_and_nodes_that_come_together_are_all_asked()
    {
        core.Start();
        core.Queue(core.Job("j", CoreUnderTest.Needs(EncoderChoice.Nvenc)));
        core.Tell(new SchedulerEvent.NodeRegistered(CoreUnderTest.Node("a")));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.Reject>());
        core.Now += SchedulerLimits.Settle / 2;
        EncoderChoice[] kinds = [EncoderChoice.Nvenc];
        core.Tell(new SchedulerEvent.NodeRegistered(CoreUnderTest.Node("b") with
        {
            Capabilities = Samples.Capabilities([.. kinds.Select(kind => new Contracts.Nodes.EncoderCapability("h264_nvenc", VideoCodec.H264, kind, [8]))]),
        }));
        core.Wait(SchedulerLimits.Settle);
        Assert.Empty(core.Effects.OfType<SchedulerEffect.Reject>());
        core.Heard("b");
        Assert.Equal(["j@b"], core.Claims());
    }

    [Fact]
    public void A_job_that_only_an_absent_node_could_run_waits()
    {
        core.Start(CoreUnderTest.Node("a"), CoreUnderTest.Node("b", "/srv"));
        core.Now += Samples.Lease;
        core.Heard("a");
        core.Queue(core.Job("j", CoreUnderTest.Needs(input: "/srv/in.mov")));
        Assert.Empty(core.Effects.OfType<SchedulerEffect.Reject>());
        Assert.Empty(core.Claims());
    }

    [Fact]
    public void A_refusing_node_is_passed_over_for_a_while_and_costs_no_retry()
    {
        core.Start(CoreUnderTest.Node("a"));
        QueuedJob job = core.Job("j");
        core.Queue(job);
        core.Claim("j");
        core.Tell(new SchedulerEvent.OfferAnswered(CoreUnderTest.Key("j"), new OfferReply(false, "no cell is ready")));
        Assert.Equal(AttemptEnd.Refused, core.Ended().End);
        core.Tell(new SchedulerEvent.AttemptOver("j", 1));
        core.Queue(job);
        Assert.Empty(core.Claims());
        core.Wait(SchedulerLimits.RefusalBackOff);
        Assert.Equal(["j@a"], core.Claims());
    }

    [Fact]
    public void After_a_failure_of_the_host_another_node_is_preferred_as_long_as_there_is_one()
    {
        core.Start(CoreUnderTest.Node("a"), CoreUnderTest.Node("b"));
        core.Heard("b", total: 2, free: 0);
        QueuedJob job = core.Job("j") with { AvoidNode = "a" };
        core.Queue(job);
        Assert.Empty(core.Claims());
        core.Heard("b", total: 2, free: 1);
        Assert.Equal(["j@b"], core.Claims());
        core.Now += Samples.Lease;
        core.Heard("a");
        core.Queue(core.Job("k") with { AvoidNode = "a" });
        Assert.Equal(["k@a"], core.Claims());
    }

    [Fact]
    public void The_node_where_a_jobs_work_lies_gets_it_where_it_has_a_slot_free()
    {
        core.Start(CoreUnderTest.Node("a"), CoreUnderTest.Node("b"), CoreUnderTest.Node("c"));
        core.Heard("a", total: 4, free: 4);
        core.Heard("b", total: 2, free: 1);
        core.Heard("c", total: 4, free: 4);
        core.Queue(core.Job("j") with { PreferNode = "b" });
        Assert.Equal(["j@b"], core.Claims());
        core.Queue(core.Job("k") with { PreferNode = "b" });
        Assert.Equal(["k@a"], core.Claims());
    }

    [Fact]
    public void A_canceled_job_is_not_claimed()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Run("x");
        core.Run("y");
        core.Queue(core.Job("j"));
        core.Tell(new SchedulerEvent.JobCanceled("j", null, null));
        core.Tell(new SchedulerEvent.AttemptOver("x", 1));
        Assert.Empty(core.Claims());
    }

    [Fact]
    public void Jobs_that_fit_nowhere_do_not_block_those_behind_the_window()
    {
        // The nvenc node is away, so its jobs wait; they fill more than one window.
        core.Start(CoreUnderTest.Node("a"), CoreUnderTest.Node("z", "/srv"));
        core.Now += Samples.Lease;
        core.Heard("a");
        QueuedJob[] stuck = [.. Enumerable.Range(0, SchedulerLimits.Window + 10).Select(i => core.Job($"stuck{i}", CoreUnderTest.Needs(input: "/srv/in.mov")))];
        QueuedJob behind = core.Job("behind");
        foreach (QueuedJob job in stuck)
        {
            core.Queue(job);
        }

        Assert.Equal(SchedulerLimits.Window, core.State.Window.Count);
        SchedulerEffect.ReadQueue read = Assert.Single(core.Effects.OfType<SchedulerEffect.ReadQueue>().DefaultIfEmpty(new SchedulerEffect.ReadQueue(core.State.WindowEnd)));
        Assert.Equal(stuck[SchedulerLimits.Window - 1].Rank, read.After);
        core.Tell(new SchedulerEvent.QueueRead([.. stuck[SchedulerLimits.Window..], behind], false, false, null));
        Assert.Equal(["behind@a"], core.Claims());

        // The node that the others wait for comes back: reading starts again from the head.
        core.Heard("z");
        Assert.Contains(new SchedulerEffect.ReadQueue(null), core.Effects);
        core.Tell(new SchedulerEvent.QueueRead(stuck[..SchedulerLimits.Window], true, true, null));
        Assert.Equal(["stuck0@z", "stuck1@z"], core.Claims());
    }

    [Fact]
    public void A_job_that_is_queued_while_the_queue_is_read_is_not_lost()
    {
        core.Tell(new SchedulerEvent.Started([CoreUnderTest.Node("a")], []));
        Assert.Contains(new SchedulerEffect.ReadQueue(null), core.Effects);
        core.Queue(core.Job("j"));
        core.Tell(new SchedulerEvent.QueueRead([], false, true, null));
        core.Heard("a");
        Assert.Equal(["j@a"], core.Claims());
    }

    [Fact]
    public void A_job_that_waits_after_a_failure_is_placed_when_it_is_due()
    {
        core.Start(CoreUnderTest.Node("a"));
        QueuedJob job = core.Job("j") with { NotBefore = core.Now.AddSeconds(5) };
        core.Queue(job);
        Assert.Equal([new SchedulerEffect.SetTimer(job.NotBefore)], core.Effects);
        core.Wait(TimeSpan.FromSeconds(5));
        Assert.Contains(new SchedulerEffect.ReadQueue(null), core.Effects);
        core.Tell(new SchedulerEvent.QueueRead([job], false, true, null));
        Assert.Equal(["j@a"], core.Claims());
    }

    [Fact]
    public void A_job_that_fails_while_the_queue_is_read_is_placed_when_it_is_due()
    {
        core.Start(CoreUnderTest.Node("a"));
        core.Tell(new SchedulerEvent.ClaimLost("gone"));
        Assert.Contains(new SchedulerEffect.ReadQueue(null), core.Effects);
        QueuedJob job = core.Job("j") with { NotBefore = core.Now.AddSeconds(1) };
        core.Queue(job);
        core.Tell(new SchedulerEvent.QueueRead([], false, true, null));
        Assert.Equal(job.NotBefore, core.State.Timer);
        core.Wait(TimeSpan.FromSeconds(1));
        Assert.Contains(new SchedulerEffect.ReadQueue(null), core.Effects);
    }

    [Fact]
    public void A_database_that_refuses_a_claim_is_left_alone_for_a_while()
    {
        core.Start(CoreUnderTest.Node("a"));
        QueuedJob job = core.Job("j");
        core.Queue(job);
        core.Tell(new SchedulerEvent.StoreFailed("j"));
        Assert.All(core.Effects, effect => Assert.IsType<SchedulerEffect.SetTimer>(effect));
        core.Wait(SchedulerLimits.StorePause);
        Assert.Contains(new SchedulerEffect.ReadQueue(null), core.Effects);
        core.Tell(new SchedulerEvent.QueueRead([job], false, true, null));
        Assert.Equal(["j@a"], core.Claims());
    }
}
