using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Pause and resume: a wish until the agent says that it is so.</summary>
public sealed class WishTests : IDisposable
{
    private readonly ManualClock clock = new();
    private readonly EncodeStore store;
    private long sequence;

    public WishTests() => store = EncodeStore.Open(new StoreOptions { Clock = clock });

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task A_pause_is_told_with_each_heartbeat_until_the_agent_stands_still()
    {
        JobRow job = await RunningAsync();
        WishResult asked = await store.PauseAsync("1");
        Assert.Equal((WishOutcome.Taken, JobState.Running, JobWish.Pause), (asked.Outcome, asked.Job!.State, asked.Job.Wish));
        Assert.Equal(ControlKind.Pause, (await HeardAsync(job, AttemptPhase.Encoding)).Wish);
        Assert.Equal(ControlKind.Pause, (await HeardAsync(job, AttemptPhase.Encoding)).Wish);
        Assert.Null((await HeardAsync(job, AttemptPhase.Paused)).Wish);
        Assert.Equal((JobState.Paused, null), await NowAsync());
    }

    [Fact]
    public async Task A_resume_is_told_until_frames_flow_and_gives_a_lease()
    {
        JobRow job = await PausedAsync();
        clock.Advance(TimeSpan.FromDays(30));
        WishResult asked = await store.ResumeAsync(job.Id);
        Assert.Equal((JobState.Paused, JobWish.Resume), (asked.Job!.State, asked.Job.Wish));
        Assert.Equal(ControlKind.Resume, (await HeardAsync(job, AttemptPhase.Paused)).Wish);
        Assert.Null((await HeardAsync(job, AttemptPhase.Encoding)).Wish);
        Assert.Equal((JobState.Running, null), await NowAsync());
        Assert.Equal(clock.GetUtcNow() + Samples.Lease, (await store.GetJobAsync("1"))!.LeaseUntil);
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Network))).Verdict);
    }

    [Fact]
    public async Task An_agent_that_stands_still_unasked_or_late_is_told_to_go_on()
    {
        JobRow job = await RunningAsync();
        Assert.Equal(ControlKind.Resume, (await HeardAsync(job, AttemptPhase.Paused)).Wish);
        Assert.Equal((JobState.Running, null), await NowAsync());
        await store.PauseAsync("1");
        await store.ResumeAsync("1");
        Assert.Equal((JobState.Running, JobWish.Resume), await NowAsync());
        Assert.Equal(ControlKind.Resume, (await HeardAsync(job, AttemptPhase.Paused)).Wish);
        await HeardAsync(job, AttemptPhase.Encoding);
        Assert.Equal((JobState.Running, null), await NowAsync());
    }

    [Fact]
    public async Task Old_news_of_frames_do_not_undo_a_pause()
    {
        JobRow job = await PausedAsync();
        await store.MarkRunningAsync(Samples.NodeA, job.Key!);
        Assert.Equal((JobState.Paused, null), await NowAsync());
        Assert.Equal(ControlKind.Pause, (await HeardAsync(job, AttemptPhase.Encoding)).Wish);
    }

    [Fact]
    public async Task A_pause_takes_a_resume_back_and_each_may_be_repeated()
    {
        JobRow job = await PausedAsync();
        Assert.Equal(WishOutcome.Taken, (await store.PauseAsync("1")).Outcome);
        Assert.Equal((JobState.Paused, null), await NowAsync());
        await store.ResumeAsync("1");
        await store.ResumeAsync("1");
        await store.PauseAsync("1");
        Assert.Equal((JobState.Paused, JobWish.Pause), await NowAsync());
        await HeardAsync(job, AttemptPhase.Paused);
        Assert.Equal((JobState.Paused, null), await NowAsync());
    }

    [Fact]
    public async Task A_pause_before_the_first_frame_counts()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.RegisterNodeAsync(Samples.Node());
        await store.PauseAsync("1");
        await store.MarkPausedAsync(Samples.NodeA, job.Key!);
        Assert.Equal((JobState.Paused, null), await NowAsync());
    }

    [Fact]
    public async Task A_wish_to_pause_stays_with_a_job_whose_attempt_failed()
    {
        JobRow job = await RunningAsync();
        await store.PauseAsync("1");
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Crash));
        Assert.Equal((JobState.Queued, JobWish.Pause), await NowAsync());
        clock.Advance(TimeSpan.FromMinutes(1));
        JobRow next = (await store.ClaimAsync(job.Id, Samples.NodeA, Samples.Lease))!;
        Assert.Equal(ControlKind.Pause, (await HeardAsync(next, AttemptPhase.Preparing)).Wish);
    }

    [Fact]
    public async Task A_wish_that_a_job_kept_while_it_waits_can_be_repeated_and_taken_back()
    {
        JobRow job = await RunningAsync();
        await store.PauseAsync("1");
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Crash));
        Assert.Equal(WishOutcome.Taken, (await store.PauseAsync("1")).Outcome);
        Assert.Equal((JobState.Queued, JobWish.Pause), await NowAsync());
        WishResult asked = await store.ResumeAsync("1");
        Assert.Equal((WishOutcome.Taken, JobState.Queued, null), (asked.Outcome, asked.Job!.State, asked.Job.Wish));
        Assert.Equal(WishOutcome.Forbidden, (await store.ResumeAsync("1")).Outcome);
        Assert.Equal(WishOutcome.Forbidden, (await store.PauseAsync("1")).Outcome);
    }

    [Fact]
    public async Task A_wish_ends_with_a_job_that_is_rejected()
    {
        JobRow job = await RunningAsync();
        await store.PauseAsync("1");
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Crash));
        Assert.True(await store.RejectAsync(job.Id, "no node has the encoder"));
        Assert.Equal((JobState.Rejected, null), await NowAsync());
    }

    [Fact]
    public async Task An_overtaken_heartbeat_moves_no_job()
    {
        JobRow job = await RunningAsync();
        await store.PauseAsync("1");
        Assert.Equal(Verdict.Accepted, Assert.Single((await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(sequence, new HeldAttempt(job.Key!, AttemptPhase.Paused))))!.Held).Verdict);
        Assert.Equal((JobState.Running, JobWish.Pause), await NowAsync());
    }

    [Fact]
    public async Task A_paused_job_can_be_canceled_and_its_attempt_is_dropped()
    {
        JobRow job = await PausedAsync();
        Assert.Equal(CancelOutcome.Canceled, (await store.CancelAsync("1")).Outcome);
        Assert.Equal(Verdict.Drop, (await HeardAsync(job, AttemptPhase.Paused)).Verdict);
    }

    [Fact]
    public async Task A_paused_job_outlives_its_node_and_begins_anew_when_it_is_to_go_on()
    {
        JobRow job = await PausedAsync();
        await store.RemoveNodeAsync(Samples.NodeA);
        Assert.Equal((JobState.Paused, null), await NowAsync());
        await store.ResumeAsync("1");
        Assert.Equal((JobState.Queued, null), await NowAsync());
        Assert.Equal(0, (await store.GetJobAsync(job.Id))!.RetriesUsed);
    }

    [Fact]
    public async Task One_that_is_to_go_on_and_has_not_yet_waits_again_when_its_node_is_removed()
    {
        await PausedAsync();
        await store.ResumeAsync("1");
        await store.RemoveNodeAsync(Samples.NodeA);
        Assert.Equal((JobState.Queued, null), await NowAsync());
    }

    [Fact]
    public async Task What_has_a_result_or_waits_is_forbidden_and_what_is_not_there_is_missing()
    {
        Assert.Equal(WishOutcome.Missing, (await store.PauseAsync("1")).Outcome);
        await store.SubmitAsync(Samples.Job());
        Assert.Equal(WishOutcome.Forbidden, (await store.PauseAsync("1")).Outcome);
        Assert.Equal(WishOutcome.Forbidden, (await store.ResumeAsync("1")).Outcome);
        await store.CancelAsync("1");
        Assert.Equal(WishOutcome.Forbidden, (await store.ResumeAsync("1")).Outcome);
    }

    private async Task<JobRow> RunningAsync()
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow job = await Samples.ClaimedAsync(store);
        await HeardAsync(job, AttemptPhase.Encoding);
        return job;
    }

    private async Task<JobRow> PausedAsync()
    {
        JobRow job = await RunningAsync();
        await store.PauseAsync("1");
        await HeardAsync(job, AttemptPhase.Paused);
        return job;
    }

    private async Task<HeldReply> HeardAsync(JobRow job, AttemptPhase phase) =>
        Assert.Single((await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(++sequence, new HeldAttempt(job.Key!, phase))))!.Held);

    private async Task<(JobState State, JobWish? Wish)> NowAsync() => await store.GetJobAsync("1") is { } job ? (job.State, job.Wish) : default;
}
