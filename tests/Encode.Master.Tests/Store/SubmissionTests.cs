using System.Collections.Concurrent;
using System.Diagnostics;
using Encode.Contracts.Jobs;
using Encode.Master.Store;
using Encode.TestKit;

namespace Encode.Master.Tests.Store;

/// <summary>What users do with jobs: submit, replay, find, page, cancel.</summary>
public sealed class SubmissionTests : IDisposable
{
    private static readonly IdempotencyKey Key = new("alice", "k1", Samples.HashOf('1'));

    private readonly TempFolder folder = new();
    private readonly EncodeStore store;

    public SubmissionTests() => store = EncodeStore.Open(new StoreOptions { Path = folder.Combine("farm.db") });

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_row_is_read_without_the_request_that_made_it() =>
        Assert.DoesNotContain("request", JobRows.Columns.Split(", "));

    [Fact]
    public async Task A_submission_without_an_output_goes_under_its_own_id()
    {
        JobRow job = (await store.SubmitAsync(Samples.Job())).Job!;
        Assert.Equal($"upload:{job.Id}.mp4", Assert.Single(job.Outputs).Url);
        Assert.Equal((JobState.Queued, 1L, 0), (job.State, job.Sequence, job.Attempt));
    }

    [Fact]
    public async Task The_same_key_and_body_replay_the_first_job()
    {
        SubmitResult first = await store.SubmitAsync(Samples.Job(), Key);
        SubmitResult second = await store.SubmitAsync(Samples.Job(), Key);
        Assert.Equal((SubmitOutcome.Created, SubmitOutcome.Replayed), (first.Outcome, second.Outcome));
        Assert.Equal(first.Job!.Id, second.Job!.Id);
        Assert.Equal(1, (await store.ListJobsAsync(new JobQuery())).Count);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_a_conflict()
    {
        await store.SubmitAsync(Samples.Job(), Key);
        SubmitResult second = await store.SubmitAsync(Samples.Job(), Key with { BodySha256 = Samples.HashOf('2') });
        Assert.Equal(SubmitOutcome.Conflict, second.Outcome);
    }

    [Fact]
    public async Task Two_users_keys_never_meet()
    {
        await store.SubmitAsync(Samples.Job(), Key);
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(Samples.Job(), Key with { Scope = "bob" })).Outcome);
    }

    [Fact]
    public async Task Concurrent_submissions_with_one_key_make_one_job()
    {
        SubmitResult[] results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => store.SubmitAsync(Samples.Job(), Key)));
        Assert.Single(results, result => result.Outcome == SubmitOutcome.Created);
        Assert.Single(results.Select(result => result.Job!.Id).Distinct());
    }

    [Fact]
    public async Task An_upload_input_that_is_not_there_or_not_whole_is_refused()
    {
        Assert.Equal(SubmitOutcome.InputMissing, (await store.SubmitAsync(Samples.Job(input: "upload:in.mov"))).Outcome);
        FileRow file = (await store.BeginFileAsync("in.mov")).File;
        Assert.Equal(SubmitOutcome.InputMissing, (await store.SubmitAsync(Samples.Job(input: "upload:in.mov"))).Outcome);
        await store.FinishFileAsync(file.ContentId, 5, Samples.HashOf('1'));
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(Samples.Job(input: "upload:in.mov"))).Outcome);
    }

    [Fact]
    public async Task An_output_whose_name_a_complete_file_has_is_refused_unless_it_replaces_or_was_submitted_before()
    {
        FileRow file = (await store.BeginFileAsync("out.mp4")).File;
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(Samples.Job(output: "upload:out.mp4"), Key)).Outcome);
        await store.FinishFileAsync(file.ContentId, 5, Samples.HashOf('1'));
        Assert.Equal(SubmitOutcome.OutputTaken, (await store.SubmitAsync(Samples.Job(output: "upload:out.mp4"))).Outcome);
        Assert.Equal(SubmitOutcome.Replayed, (await store.SubmitAsync(Samples.Job(output: "upload:out.mp4"), Key)).Outcome);
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(Samples.Job() with { Outputs = [new NewOutput("upload:out.mp4", IfExists.Replace)] })).Outcome);
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(Samples.Job(output: "file:/out.mp4"))).Outcome);
        Assert.Equal(3, (await store.ListJobsAsync(new JobQuery())).Count);
    }

    [Fact]
    public async Task A_folder_whose_files_stand_is_taken_and_the_answer_says_which_output_it_is()
    {
        FileRow file = (await store.BeginFileAsync("out/v0.mp4")).File;
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(Samples.Several("upload:x.mp4", "upload:out/"))).Outcome);
        await store.FinishFileAsync(file.ContentId, 5, Samples.HashOf('1'));
        SubmitResult taken = await store.SubmitAsync(Samples.Several("upload:x.mp4", "upload:out/"));
        Assert.Equal((SubmitOutcome.OutputTaken, 1), (taken.Outcome, taken.Output));
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(Samples.Several("upload:out/v0/", "upload:ou/", "upload:out"))).Outcome);
    }

    [Fact]
    public async Task Outputs_without_a_name_get_the_jobs_id_and_their_containers_ending()
    {
        JobRow job = (await store.SubmitAsync(Samples.Several(null, "file:/out/x.mp4"))).Job!;
        Assert.Equal([$"upload:{job.Id}.mp4", "file:/out/x.mp4"], job.Outputs.Select(output => output.Url));
        NewJob ladder = Samples.Job("ladder-720p-h264");
        JobRow folder = (await store.SubmitAsync(ladder)).Job!;
        Assert.Equal($"upload:{folder.Id}/", Assert.Single(folder.Outputs).Url);
        Assert.Equal(10, folder.FileUrls.Count);
        Assert.Equal($"upload:{folder.Id}/v720.mp4", folder.FileUrls[0]);
        Assert.Equal($"upload:{folder.Id}/manifest.mpd", folder.FileUrls[^1]);
    }

    [Fact]
    public async Task An_id_and_a_sequence_number_are_never_confused()
    {
        JobRow job = (await store.SubmitAsync(Samples.Job())).Job!;
        Assert.Equal(job.Id, (await store.GetJobAsync("1"))!.Id);
        Assert.Equal(job.Id, (await store.GetJobAsync(job.Id.ToUpperInvariant()))!.Id);
        foreach (string nobody in (string[])["2", "01", "+1", "1 ", "", "-1", "x", new string('0', 31) + "1", new string('1', 32), new string('9', 19), job.Id[..31]])
        {
            Assert.Null(await store.GetJobAsync(nobody));
        }

        Assert.Equal((new string('1', 32), null), JobRows.Locate(new string('1', 32)));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gaps_while_jobs_are_added()
    {
        for (int i = 0; i < 25; i++)
        {
            await store.SubmitAsync(Samples.Job() with { Queue = i % 2 == 0 ? JobQueue.Batch : JobQueue.Default });
        }

        List<long> seen = [];
        JobQuery query = new() { Limit = 4, Queue = JobQueue.Batch };
        while (true)
        {
            JobPage page = await store.ListJobsAsync(query);
            seen.AddRange(page.Jobs.Select(job => job.Sequence));
            await store.SubmitAsync(Samples.Job() with { Queue = JobQueue.Batch });
            if (page.Next is null)
            {
                break;
            }

            query = query with { After = page.Next };
        }

        Assert.Equal(Enumerable.Range(0, 13).Select(i => 25L - (2 * i)), seen);
    }

    [Fact]
    public async Task Lists_can_be_narrowed_to_a_state()
    {
        await store.SubmitAsync(Samples.Job());
        await store.CancelAsync("1");
        await store.SubmitAsync(Samples.Job());
        JobPage page = await store.ListJobsAsync(new JobQuery { State = JobState.Canceled });
        Assert.Equal((1L, 1L), (page.Count, Assert.Single(page.Jobs).Sequence));
        Assert.Empty((await store.ListJobsAsync(new JobQuery { State = JobState.Canceled, Queue = JobQueue.Live })).Jobs);
    }

    [Fact]
    public async Task A_cancel_may_be_repeated_and_tells_whose_attempt_to_stop()
    {
        ConcurrentQueue<StoreEvent> told = [];
        JobRow job = await Samples.ClaimedAsync(store);
        store.Committed += told.Enqueue;
        Assert.Equal(CancelOutcome.Canceled, (await store.CancelAsync(job.Id)).Outcome);
        Assert.Equal(CancelOutcome.Canceled, (await store.CancelAsync("1")).Outcome);
        Assert.Equal(CancelOutcome.Missing, (await store.CancelAsync("2")).Outcome);
        StoreEvent.JobCanceled canceled = Assert.Single(told.OfType<StoreEvent.JobCanceled>());
        Assert.Equal((Samples.NodeA, job.Key), (canceled.NodeId, canceled.Key));
    }

    [Fact]
    public async Task An_ended_job_cannot_be_canceled()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Input));
        Assert.Equal((CancelOutcome.Forbidden, JobState.Failed), ((await store.CancelAsync("1")).Outcome, (await store.GetJobAsync("1"))!.State));
    }

    [Fact]
    public async Task Every_move_of_a_job_is_in_its_log()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.MarkRunningAsync(Samples.NodeA, job.Key!);
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Input));
        IReadOnlyList<LogLine> log = (await store.LogsAsync("1"))!;
        Assert.Equal(
            ["queued", $"offered to node {Samples.NodeA}", "running", "a line of the encoder", "input: open the input: it is no media; failed"],
            log.Select(line => line.Text));
        Assert.Equal([0, 1, 1, 1, 1], log.Select(line => line.Attempt));
        Assert.Null(await store.LogsAsync("2"));
    }

    [Fact]
    public async Task A_log_keeps_its_newest_lines()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        string[] lines = [.. Enumerable.Range(0, JobLog.MaxLines + 500).Select(i => $"line {i}")];
        await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Input) with { Log = lines });
        IReadOnlyList<LogLine> log = (await store.LogsAsync("1"))!;
        Assert.Equal(JobLog.MaxLines, log.Count);
        Assert.EndsWith("failed", log[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_submissions_at_once_share_their_commits()
    {
        const int Jobs = 1000;
        await store.SubmitAsync(Samples.Job());
        Stopwatch alone = Stopwatch.StartNew();
        await store.SubmitAsync(Samples.Job());
        alone.Stop();
        Stopwatch together = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Jobs).Select(_ => Task.Run(() => store.SubmitAsync(Samples.Job()))));
        together.Stop();
        TestContext.Current.TestOutputHelper?.WriteLine($"one submission {alone.Elapsed.TotalMilliseconds:F1} ms, {Jobs} at once {together.Elapsed.TotalMilliseconds:F0} ms");
        Assert.Equal(Jobs + 2, (await store.ListJobsAsync(new JobQuery())).Count);
        Assert.InRange(together.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }
}
