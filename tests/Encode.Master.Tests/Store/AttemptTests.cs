using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Master.Scheduling;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Claims, leases and ends: whoever does not hold the whole fence changes nothing.</summary>
public sealed class AttemptTests : IDisposable
{
    private readonly ManualClock clock = new();
    private readonly EncodeStore store;

    public AttemptTests() => store = EncodeStore.Open(new StoreOptions { Clock = clock });

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task Two_claims_at_once_never_get_the_same_job()
    {
        string[] jobs = [.. (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => store.SubmitAsync(Samples.Job())))).Select(result => result.Job!.Id)];
        JobRow?[] claims = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => store.ClaimAsync(jobs[i % 20], $"node{i}", Samples.Lease))));
        JobRow[] won = [.. claims.OfType<JobRow>()];
        Assert.Equal(20, won.Length);
        Assert.Equal(20, won.Select(job => job.Id).Distinct().Count());
        Assert.Equal(20, won.Select(job => job.Token).Distinct().Count());
        Assert.All(won, job => Assert.Equal((JobState.Assigned, 1, 32), (job.State, job.Attempt, job.Token!.Length)));
    }

    [Fact]
    public async Task A_failure_whose_cause_may_pass_waits_longer_each_time_until_the_retries_are_spent()
    {
        JobRow job = (await store.SubmitAsync(Samples.Job() with { MaxRetries = 3 })).Job!;
        List<double> waits = [];
        for (int attempt = 1; attempt <= 4; attempt++)
        {
            JobRow claimed = (await store.ClaimAsync(job.Id, Samples.NodeA, Samples.Lease))!;
            Assert.Equal(attempt, claimed.Attempt);
            Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Failure(claimed, ErrorClass.Network))).Verdict);
            job = (await store.GetJobAsync(job.Id))!;
            if (job.NotBefore is { } due)
            {
                waits.Add((due - clock.GetUtcNow()).TotalSeconds);
                Assert.Null(await store.ClaimAsync(job.Id, Samples.NodeA, Samples.Lease));
                clock.Advance(due - clock.GetUtcNow());
            }
        }

        Assert.Equal([1, 5, 30], waits);
        Assert.Equal((JobState.Failed, 3, ErrorClass.Network), (job.State, job.RetriesUsed, job.Error!.Class));
        Assert.NotNull(job.FinishedAt);
    }

    [Theory]
    [InlineData(ErrorClass.Input, JobState.Failed)]
    [InlineData(ErrorClass.Settings, JobState.Failed)]
    [InlineData(ErrorClass.Capability, JobState.Queued)]
    [InlineData(ErrorClass.Network, JobState.Queued)]
    [InlineData(ErrorClass.Resource, JobState.Queued)]
    [InlineData(ErrorClass.Platform, JobState.Queued)]
    [InlineData(ErrorClass.Crash, JobState.Queued)]
    public async Task The_class_of_an_error_decides_whether_a_job_is_tried_again(ErrorClass errorClass, JobState expected)
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, errorClass));
        Assert.Equal(expected, (await store.GetJobAsync(job.Id))!.State);
    }

    [Theory]
    [InlineData(AttemptEnd.Refused, 0, JobState.Queued)]
    [InlineData(AttemptEnd.NeverTaken, 0, JobState.Queued)]
    [InlineData(AttemptEnd.GivenBack, 0, JobState.Queued)]
    [InlineData(AttemptEnd.Forgotten, 1, JobState.Queued)]
    [InlineData(AttemptEnd.Failed, 1, JobState.Queued)]
    [InlineData(AttemptEnd.TimedOut, 0, JobState.TimedOut)]
    public async Task Ends_that_are_nobodys_fault_cost_no_retry(AttemptEnd end, int retriesUsed, JobState expected)
    {
        JobRow job = await Samples.ClaimedAsync(store);
        (bool ended, JobRow? after) = await store.EndAttemptAsync(new AttemptEnding(Samples.NodeA, job.Key!, end, null, "it ended"));
        Assert.True(ended);
        Assert.Equal((expected, retriesUsed), (after!.State, after.RetriesUsed));
    }

    [Fact]
    public async Task The_node_that_failed_is_the_one_to_avoid_and_not_one_that_only_refused()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Platform));
        clock.Advance(EndRule.FirstDelay);
        string other = NodeIdentity.IdOf("b");
        job = (await store.ClaimAsync(job.Id, other, Samples.Lease))!;
        (_, JobRow? after) = await store.EndAttemptAsync(new AttemptEnding(other, job.Key!, AttemptEnd.Refused, null, "refused"));
        Assert.Equal((other, Samples.NodeA), (after!.NodeId, QueuedJob.Of(after).AvoidNode));
    }

    [Fact]
    public async Task A_node_whose_agent_was_started_again_is_preferred_once_and_avoided_from_then_on()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        (_, JobRow? after) = await store.EndAttemptAsync(Forgotten(job));
        Assert.Equal((Samples.NodeA, null), (QueuedJob.Of(after!).PreferNode, QueuedJob.Of(after!).AvoidNode));

        // Another node that refuses has not run it.
        string other = NodeIdentity.IdOf("b");
        job = (await store.ClaimAsync(job.Id, other, Samples.Lease))!;
        (_, after) = await store.EndAttemptAsync(new AttemptEnding(other, job.Key!, AttemptEnd.Refused, null, "refused"));
        Assert.Equal(Samples.NodeA, QueuedJob.Of(after!).PreferNode);

        job = (await store.ClaimAsync(job.Id, Samples.NodeA, Samples.Lease))!;
        (_, after) = await store.EndAttemptAsync(Forgotten(job));
        Assert.Equal((null, Samples.NodeA), (QueuedJob.Of(after!).PreferNode, QueuedJob.Of(after!).AvoidNode));

        static AttemptEnding Forgotten(JobRow job) => new(Samples.NodeA, job.Key!, AttemptEnd.Forgotten, new JobError(ErrorClass.Platform, "it was started again"), "forgotten");
    }

    [Fact]
    public async Task An_offer_that_expired_costs_no_retry_and_only_when_its_lease_is_over()
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job() with { MaxRetries = 0 });
        AttemptEnding expiry = new(Samples.NodeA, job.Key!, AttemptEnd.OfferExpired, null, "the node did not answer");
        Assert.False((await store.EndAttemptAsync(expiry)).Ended);
        clock.Advance(Samples.Lease);
        (bool ended, JobRow? after) = await store.EndAttemptAsync(expiry);
        Assert.Equal((true, JobState.Queued, 0), (ended, after!.State, after.RetriesUsed));
    }

    [Fact]
    public async Task An_offer_whose_job_ran_all_the_same_costs_a_retry()
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job() with { MaxRetries = 1 });
        await store.MarkRunningAsync(Samples.NodeA, job.Key!);
        clock.Advance(Samples.Lease);
        (bool ended, JobRow? after) = await store.EndAttemptAsync(new AttemptEnding(Samples.NodeA, job.Key!, AttemptEnd.OfferExpired, null, "the node did not answer"));
        Assert.Equal((true, JobState.Queued, 1), (ended, after!.State, after.RetriesUsed));
    }

    [Fact]
    public async Task A_lease_outlives_a_start_of_the_master_however_quick_the_heartbeats_are()
    {
        await store.RegisterNodeAsync(Samples.Node() with { HeartbeatSeconds = 1 });
        NodeRow node = (await store.GetNodeAsync(Samples.NodeA))!;
        TimeSpan least = TimeSpan.FromSeconds(MessageLimits.LeastLeaseSeconds);
        Assert.Equal((least, TimeSpan.FromSeconds(3)), (node.Lease, node.Patience));
        JobRow job = await Samples.ClaimedAsync(store);
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1, new HeldAttempt(job.Key!, AttemptPhase.Encoding)));
        Assert.Equal(clock.GetUtcNow() + least, Assert.Single(await store.RenewAllLeasesAsync()).LeaseUntil);
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(NodeState.Offline, (await store.GetNodeAsync(Samples.NodeA))!.State);
    }

    [Fact]
    public async Task A_start_of_the_master_ends_leases_of_a_clock_that_was_ahead()
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow job = await Samples.ClaimedAsync(store);
        clock.Advance(TimeSpan.FromHours(-5));
        Assert.Equal((job.Id, clock.GetUtcNow() + Samples.Lease), (Assert.Single(await store.RenewAllLeasesAsync()).Id, (await store.GetJobAsync(job.Id))!.LeaseUntil));
    }

    [Fact]
    public async Task A_lease_that_was_renewed_in_the_meantime_does_not_expire()
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow job = await Samples.ClaimedAsync(store);
        AttemptEnding expiry = new(Samples.NodeA, job.Key!, AttemptEnd.LeaseExpired, new JobError(ErrorClass.Platform, "the node was not heard of"), "the lease ended");
        clock.Advance(Samples.Lease - TimeSpan.FromSeconds(1));
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1, new HeldAttempt(job.Key!, AttemptPhase.Preparing)));
        clock.Advance(TimeSpan.FromSeconds(1));
        (bool ended, JobRow? row) = await store.EndAttemptAsync(expiry);
        Assert.False(ended);
        Assert.Equal(clock.GetUtcNow() + Samples.Lease - TimeSpan.FromSeconds(1), row!.LeaseUntil);
        clock.Advance(Samples.Lease);
        (ended, row) = await store.EndAttemptAsync(expiry);
        Assert.True(ended);
        Assert.Equal((JobState.Queued, 1), (row!.State, row.RetriesUsed));
    }

    [Fact]
    public async Task A_heartbeat_renews_what_is_its_own_and_drops_the_rest()
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow own = await Samples.ClaimedAsync(store);
        JobRow canceled = await Samples.ClaimedAsync(store);
        await store.CancelAsync(canceled.Id);
        AttemptKey stale = own.Key! with { Token = new string('0', 32) };
        AttemptKey earlier = own.Key! with { Attempt = 7 };
        AttemptKey unknown = new(new string('0', 32), 1, new string('0', 32));
        clock.Advance(TimeSpan.FromSeconds(10));
        HeartbeatReply reply = (await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(
            1, [.. new[] { own.Key!, canceled.Key!, stale, earlier, unknown }.Select(key => new HeldAttempt(key, AttemptPhase.Encoding))])))!;
        Assert.Equal([Verdict.Accepted, Verdict.Drop, Verdict.Drop, Verdict.Drop, Verdict.Drop], reply.Held.Select(held => held.Verdict));
        Assert.Equal(Samples.Lease.TotalSeconds, reply.LeaseSeconds);
        JobRow row = (await store.GetJobAsync(own.Id))!;
        Assert.Equal((JobState.Running, clock.GetUtcNow() + Samples.Lease), (row.State, row.LeaseUntil));
    }

    [Fact]
    public async Task A_heartbeat_of_another_node_renews_nothing()
    {
        await store.RegisterNodeAsync(Samples.Node("b"));
        JobRow job = await Samples.ClaimedAsync(store);
        HeartbeatReply reply = (await store.HeartbeatAsync(NodeIdentity.IdOf("b"), Samples.Heartbeat(1, new HeldAttempt(job.Key!, AttemptPhase.Encoding))))!;
        Assert.Equal(Verdict.Drop, Assert.Single(reply.Held).Verdict);
        Assert.Equal(JobState.Assigned, (await store.GetJobAsync(job.Id))!.State);
    }

    [Fact]
    public async Task A_heartbeat_that_was_overtaken_changes_nothing()
    {
        await store.RegisterNodeAsync(Samples.Node());
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(5));
        clock.Advance(TimeSpan.FromSeconds(10));
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(4) with { Draining = true, Leaving = true });
        NodeRow node = (await store.GetNodeAsync(Samples.NodeA))!;
        Assert.Equal((false, clock.GetUtcNow() - TimeSpan.FromSeconds(10)), (node.Draining, node.LastSeenAt));
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1) with { Incarnation = "second" });
        Assert.Equal(clock.GetUtcNow(), (await store.GetNodeAsync(Samples.NodeA))!.LastSeenAt);
    }

    [Fact]
    public async Task A_node_that_is_not_registered_is_told_nothing() =>
        Assert.Null(await store.HeartbeatAsync("nobody", Samples.Heartbeat(1)));

    [Fact]
    public async Task A_start_of_the_master_gives_each_held_job_a_full_lease()
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow job = await Samples.ClaimedAsync(store);
        clock.Advance(TimeSpan.FromDays(1));
        JobRow held = Assert.Single(await store.RenewAllLeasesAsync());
        Assert.Equal((job.Id, clock.GetUtcNow() + Samples.Lease), (held.Id, held.LeaseUntil));
    }

    [Fact]
    public async Task The_queue_is_read_in_the_order_of_service()
    {
        (JobQueue Queue, JobPriority Priority)[] submitted =
        [
            (JobQueue.Batch, JobPriority.High), (JobQueue.Default, JobPriority.Low), (JobQueue.Default, JobPriority.Medium),
            (JobQueue.Live, JobPriority.Low), (JobQueue.Default, JobPriority.Medium), (JobQueue.Default, JobPriority.High),
        ];
        foreach ((JobQueue queue, JobPriority priority) in submitted)
        {
            await store.SubmitAsync(Samples.Job() with { Queue = queue, Priority = priority });
        }

        QueuePage first = await store.ReadQueueAsync(4);
        QueuePage second = await store.ReadQueueAsync(4, first.Jobs[^1].Rank);
        Assert.Equal((true, false), (first.More, second.More));
        Assert.Equal([4, 6, 3, 5, 2, 1], first.Jobs.Concat(second.Jobs).Select(job => job.Sequence));
    }

    [Fact]
    public async Task A_job_that_waits_after_a_failure_is_not_read_before_it_is_due()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Crash));
        QueuePage page = await store.ReadQueueAsync(10);
        Assert.Empty(page.Jobs);
        Assert.Equal(clock.GetUtcNow() + EndRule.FirstDelay, page.NextDue);
        clock.Advance(EndRule.FirstDelay);
        Assert.Single((await store.ReadQueueAsync(10)).Jobs);
    }

    [Fact]
    public async Task Only_a_waiting_job_can_be_rejected()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.RejectAsync(job.Id, "no node");
        Assert.Equal(JobState.Assigned, (await store.GetJobAsync(job.Id))!.State);
        JobRow waiting = (await store.SubmitAsync(Samples.Job())).Job!;
        await store.RejectAsync(waiting.Id, "no node");
        Assert.Equal((JobState.Rejected, ErrorClass.Capability), ((await store.GetJobAsync(waiting.Id))!.State, (await store.GetJobAsync(waiting.Id))!.Error!.Class));
    }
}
