using System.Collections.Concurrent;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Results: accepted once, answered alike when repeated, dropped when another attempt owns the job.</summary>
public sealed class ResultTests : IDisposable
{
    private readonly EncodeStore store = EncodeStore.Open(new StoreOptions());
    private readonly ConcurrentQueue<StoreEvent> told = [];

    public ResultTests() => store.Committed += told.Enqueue;

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task An_uploaded_output_is_named_and_the_job_completed_in_one_step()
    {
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')))).Verdict);
        JobRow after = (await store.GetJobAsync(job.Id))!;
        Assert.Equal(JobState.Completed, after.State);
        Assert.Equal(300, after.Result!.Frames);
        Assert.NotNull(after.FinishedAt);
        FileRow file = (await store.FindFileAsync("out.mp4"))!;
        Assert.Equal((FileState.Complete, Samples.HashOf('1'), job.Id, 100L), (file.State, file.Sha256, file.JobId, file.Bytes));
    }

    [Fact]
    public async Task A_repeated_result_is_accepted_again_and_changes_nothing()
    {
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')));
        JobRow first = (await store.GetJobAsync(job.Id))!;
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')))).Verdict);
        Assert.Equal(first.FinishedAt, (await store.GetJobAsync(job.Id))!.FinishedAt);
        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('2')))).Verdict);
    }

    [Fact]
    public async Task A_late_result_with_a_stale_token_is_dropped()
    {
        JobRow first = await Samples.ClaimedAsync(store, Samples.Job(output: "file:/out/x.mp4"));
        await store.EndAttemptAsync(new AttemptEnding(Samples.NodeA, first.Key!, AttemptEnd.Forgotten, null, "forgotten"));
        JobRow second = (await store.ClaimAsync(first.Id, Samples.NodeA, Samples.Lease))!;
        AttemptReply late = await store.TakeResultAsync(Samples.NodeA, Samples.Success(first, Samples.HashOf('1')));
        Assert.Equal((Verdict.Drop, "another attempt holds the job"), (late.Verdict, late.Reason));
        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Samples.Failure(first, ErrorClass.Input))).Verdict);
        Assert.Equal((JobState.Assigned, second.Token), ((await store.GetJobAsync(first.Id))!.State, (await store.GetJobAsync(first.Id))!.Token));
    }

    [Fact]
    public async Task A_result_of_a_canceled_job_is_dropped()
    {
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        await store.CancelAsync(job.Id);
        AttemptReply reply = await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')));
        Assert.Equal((Verdict.Drop, "the job was canceled"), (reply.Verdict, reply.Reason));
        Assert.Null(await store.FindFileAsync("out.mp4"));
        Assert.Single(Released());
    }

    [Fact]
    public async Task A_result_from_another_node_is_dropped()
    {
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync("another", Samples.Success(job, Samples.HashOf('1')))).Verdict);
        Assert.Equal(JobState.Assigned, (await store.GetJobAsync(job.Id))!.State);
    }

    [Fact]
    public async Task A_result_whose_upload_is_not_what_it_names_is_made_again()
    {
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('2')))).Verdict);
        }

        JobRow after = (await store.GetJobAsync(job.Id))!;
        Assert.Equal((JobState.Queued, ErrorClass.Network), (after.State, after.Error!.Class));
        Assert.Null(await store.FindFileAsync("out.mp4"));
    }

    [Fact]
    public async Task A_taken_name_fails_the_job_and_keeps_what_stands_there()
    {
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        await UploadAsync("out.mp4", '9');
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')))).Verdict);
        JobRow after = (await store.GetJobAsync(job.Id))!;
        Assert.Equal((JobState.Failed, ErrorClass.Settings), (after.State, after.Error!.Class));
        Assert.Null(after.Result);
        Assert.Equal(Samples.HashOf('9'), (await store.FindFileAsync("out.mp4"))!.Sha256);
        Assert.Single(Released());
    }

    [Fact]
    public async Task A_taken_name_with_the_same_content_is_success()
    {
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        await UploadAsync("out.mp4", '1');
        await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Single(Released());
    }

    [Fact]
    public async Task An_upload_that_is_not_finished_does_not_keep_an_output_from_its_name()
    {
        FileRow begun = (await store.BeginFileAsync("out.mp4")).File;
        JobRow job = await StagedAsync("upload:out.mp4", '1');
        await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Equal(FileState.Complete, (await store.FindFileAsync("out.mp4"))!.State);
        Assert.Equal([begun.ContentId], Released());
    }

    [Fact]
    public async Task A_replaced_files_content_is_released()
    {
        FileRow old = await UploadAsync("out.mp4", '9');
        JobRow job = await StagedAsync("upload:out.mp4", '1', IfExists.Replace);
        await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Equal(Samples.HashOf('1'), (await store.FindFileAsync("out.mp4"))!.Sha256);
        Assert.Equal([old.ContentId], Released());
    }

    [Fact]
    public async Task A_file_that_a_job_still_reads_is_not_replaced()
    {
        await UploadAsync("out.mp4", '9');
        JobRow job = await StagedAsync("upload:out.mp4", '1', IfExists.Replace);
        await store.SubmitAsync(Samples.Job(input: "upload:out.mp4"));
        await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')));
        Assert.Equal((JobState.Failed, ErrorClass.Settings), ((await store.GetJobAsync(job.Id))!.State, (await store.GetJobAsync(job.Id))!.Error!.Class));
    }

    [Fact]
    public async Task An_output_of_the_agents_own_completes_when_it_is_published()
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job(output: "file:/out/x.mp4"));
        PublishedMessage published = new(job.Key!, null);
        Assert.Equal(Verdict.Drop, (await store.TakePublishedAsync(Samples.NodeA, published)).Verdict);
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')))).Verdict);
        Assert.Equal(JobState.Publishing, (await store.GetJobAsync(job.Id))!.State);
        Assert.Equal(CancelOutcome.Forbidden, (await store.CancelAsync(job.Id)).Outcome);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(Verdict.Accepted, (await store.TakePublishedAsync(Samples.NodeA, published)).Verdict);
            Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        }
    }

    [Fact]
    public async Task An_output_that_cannot_be_placed_fails_the_job()
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job(output: "file:/out/x.mp4"));
        await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')));
        await store.TakePublishedAsync(Samples.NodeA, new PublishedMessage(job.Key!, new JobError(ErrorClass.Settings, "a file of this name exists")));
        JobRow after = (await store.GetJobAsync(job.Id))!;
        Assert.Equal((JobState.Failed, "a file of this name exists"), (after.State, after.Error!.Message));

        // An agent that starts again asks before it places anything: the job is over, and the name may be another's by now.
        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('1')))).Verdict);
    }

    [Fact]
    public async Task A_repeated_failure_is_accepted_again_and_counted_once()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Samples.Failure(job, ErrorClass.Crash))).Verdict);
        }

        Assert.Equal((JobState.Queued, 1), ((await store.GetJobAsync(job.Id))!.State, (await store.GetJobAsync(job.Id))!.RetriesUsed));
    }

    [Fact]
    public async Task A_success_without_a_file_is_a_failure_of_the_host()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        ResultMessage message = Samples.Success(job, Samples.HashOf('1'));
        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, message with { Result = message.Result! with { Files = [] } })).Verdict);
        Assert.Equal(ErrorClass.Platform, (await store.GetJobAsync(job.Id))!.Error!.Class);
    }

    private string[] Released() => [.. told.OfType<StoreEvent.ContentReleased>().Select(released => released.ContentId)];

    private async Task<FileRow> UploadAsync(string name, char hash)
    {
        FileRow file = (await store.BeginFileAsync(name)).File;
        return (await store.FinishFileAsync(file.ContentId, 50, Samples.HashOf(hash)))!;
    }

    private async Task<JobRow> StagedAsync(string output, char hash, IfExists ifExists = IfExists.Fail)
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job(output: output) with { Outputs = [new NewOutput(output, ifExists)] });
        Assert.NotNull(await store.StageAsync(Samples.NodeA, job.Key!, output["upload:".Length..], Guid.NewGuid().ToString("N"), 100, Samples.HashOf(hash)));
        return job;
    }
}
