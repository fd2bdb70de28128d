using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Ends of attempts that stand still as far as the row knows: what their node reports counts, what the master presumed meanwhile does not.</summary>
public sealed class WishedResultTests : IDisposable
{
    private static readonly JobError TooLong = new(ErrorClass.Resource, "encode: it ran too long");

    private readonly ManualClock clock = new();
    private readonly List<StoreEvent> told = [];
    private readonly EncodeStore store;
    private long sequence;

    public WishedResultTests()
    {
        store = EncodeStore.Open(new StoreOptions { Clock = clock });
        store.Committed += told.Add;
    }

    public void Dispose() => store.Dispose();

    // Whatever is wanted of it and whatever old news the row believes: a node that has a result did not stand still.
    [Theory]
    [InlineData(JobWish.Resume)]
    [InlineData(JobWish.Pause)]
    [InlineData(null)]
    public async Task A_success_counts_before_the_row_knows_that_it_went_on(JobWish? wish)
    {
        JobRow job = await PausedAsync(wish);
        string hash = Samples.HashOf('a');
        Assert.NotNull(await store.StageAsync(Samples.NodeA, job.Key!, job.FileUrls[0]["upload:".Length..], new string('1', 32), 100, hash));
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, hash))).Verdict);
        Assert.Equal((JobState.Completed, null), await NowAsync());
    }

    [Fact]
    public async Task What_a_removed_node_sends_of_it_is_dropped()
    {
        JobRow job = await PausedAsync(null, Samples.Job(output: "file:/out/a.mp4"));
        await store.RemoveNodeAsync(Samples.NodeA);
        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('a')))).Verdict);
        Assert.Equal((JobState.Paused, null), await NowAsync());
    }

    [Fact]
    public async Task One_whose_node_places_the_output_is_watched_until_it_has()
    {
        JobRow job = await PausedAsync(JobWish.Pause, Samples.Job(output: "file:/out/a.mp4"));
        told.Clear();
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('a')))).Verdict);
        await store.PingAsync();
        Assert.Equal([typeof(StoreEvent.JobResumed), typeof(StoreEvent.JobPublishing)], told.Select(happened => happened.GetType()));
        Assert.Equal((JobState.Publishing, null), await NowAsync());
    }

    [Theory]
    [InlineData(JobWish.Resume)]
    [InlineData(JobWish.Pause)]
    [InlineData(null)]
    public async Task A_node_that_says_it_took_too_long_is_believed(JobWish? wish)
    {
        JobRow job = await PausedAsync(wish);
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, new ResultMessage(job.Key!, Outcome.TimedOut, null, TooLong, []))).Verdict);
        Assert.Equal((JobState.TimedOut, null), await NowAsync());
    }

    [Theory]
    [InlineData(JobWish.Resume, null)]
    [InlineData(JobWish.Pause, JobWish.Pause)]
    [InlineData(null, JobWish.Pause)]
    public async Task One_that_fails_waits_again_with_what_is_wanted_of_it(JobWish? wish, JobWish? kept)
    {
        JobRow job = await PausedAsync(wish);
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Crash))).Verdict);
        Assert.Equal((JobState.Queued, kept), await NowAsync());
    }

    [Theory]
    [InlineData(AttemptEnd.TimedOut)]
    [InlineData(AttemptEnd.Forgotten)]
    [InlineData(AttemptEnd.LeaseExpired)]
    public async Task What_was_presumed_before_it_stood_still_does_not_end_it(AttemptEnd presumed)
    {
        JobRow job = await PausedAsync(null);
        Assert.False((await store.EndAttemptAsync(new AttemptEnding(Samples.NodeA, job.Key!, presumed, TooLong, "presumed"))).Ended);
        Assert.Equal((JobState.Paused, null), await NowAsync());
    }

    [Fact]
    public async Task One_that_went_on_or_is_to_stand_still_again_is_not_ended_for_not_going_on()
    {
        JobRow job = await PausedAsync(JobWish.Pause);
        AttemptEnding tooLate = new(Samples.NodeA, job.Key!, AttemptEnd.NotResumed, null, "its node did not go on with it");
        Assert.False((await store.EndAttemptAsync(tooLate)).Ended);
        Assert.Equal((JobState.Paused, JobWish.Pause), await NowAsync());
        await store.ResumeAsync("1");
        await store.MarkRunningAsync(Samples.NodeA, job.Key!);
        Assert.False((await store.EndAttemptAsync(tooLate)).Ended);
        Assert.Equal((JobState.Running, null), await NowAsync());
    }

    private async Task<JobRow> PausedAsync(JobWish? wish, NewJob? wanted = null)
    {
        await store.RegisterNodeAsync(Samples.Node());
        JobRow job = await Samples.ClaimedAsync(store, wanted);
        await store.PauseAsync("1");
        await store.HeartbeatAsync(Samples.NodeA, Samples.Heartbeat(++sequence, new HeldAttempt(job.Key!, AttemptPhase.Paused)));
        if (wish is not null)
        {
            await store.ResumeAsync("1");
        }

        if (wish == JobWish.Pause)
        {
            await store.PauseAsync("1");
        }

        Assert.Equal((JobState.Paused, wish), await NowAsync());
        return job;
    }

    private async Task<(JobState State, JobWish? Wish)> NowAsync() => await store.GetJobAsync("1") is { } job ? (job.State, job.Wish) : default;
}
