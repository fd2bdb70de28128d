using System.Collections.Concurrent;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Jobs with several outputs and with folders: named all at once or not at all.</summary>
public sealed class SeveralOutputTests : IDisposable
{
    private readonly EncodeStore store = EncodeStore.Open(new StoreOptions());
    private readonly ConcurrentQueue<StoreEvent> told = [];

    public SeveralOutputTests() => store.Committed += told.Enqueue;

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task Files_and_folders_get_their_names_in_one_step()
    {
        JobRow job = await StagedAsync("upload:a.mp4", "upload:b/");
        Assert.Empty(await store.ListFilesAsync());
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Success(job))).Verdict);
        JobRow after = (await store.GetJobAsync(job.Id))!;
        Assert.Equal((JobState.Completed, 7), (after.State, after.Result!.Files.Count));
        Assert.Equal(
            ["a.mp4", "b/a0.m3u8", "b/a0.mp4", "b/manifest.mpd", "b/master.m3u8", "b/v0.m3u8", "b/v0.mp4"],
            (await store.ListFilesAsync()).Where(file => file.State == FileState.Complete).Select(file => file.Name));
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Success(job))).Verdict);
        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Samples.Success(job, Samples.HashOf('f')))).Verdict);
        Assert.Empty(Released());
    }

    [Fact]
    public async Task One_taken_name_keeps_every_output_from_its_own()
    {
        JobRow job = await StagedAsync("upload:a.mp4", "upload:b/");
        await UploadAsync("b/other.txt", '9');
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Success(job))).Verdict);
        JobRow after = (await store.GetJobAsync(job.Id))!;
        Assert.Equal((JobState.Failed, ErrorClass.Settings), (after.State, after.Error!.Class));
        Assert.Contains("'upload:b/': this folder has files", after.Error.Message, StringComparison.Ordinal);
        Assert.Equal(["b/other.txt"], (await store.ListFilesAsync()).Select(file => file.Name));
        Assert.Equal(7, Released().Length);
    }

    [Fact]
    public async Task A_folder_that_is_replaced_goes_whole()
    {
        FileRow old = await UploadAsync("b/v0.mp4", '9');
        FileRow older = await UploadAsync("b/more/x.txt", '9');
        await UploadAsync("bb.txt", '9');
        JobRow job = await StagedAsync([new NewOutput("upload:b/", IfExists.Replace)]);
        await store.TakeResultAsync(Samples.NodeA, Success(job));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Equal(["b/a0.m3u8", "b/a0.mp4", "b/manifest.mpd", "b/master.m3u8", "b/v0.m3u8", "b/v0.mp4", "bb.txt"], (await store.ListFilesAsync()).Select(file => file.Name));
        Assert.Equal(new[] { old.ContentId, older.ContentId }.Order(), Released().Order());
    }

    [Fact]
    public async Task A_folder_with_a_file_that_a_job_still_reads_is_not_replaced()
    {
        await UploadAsync("b/in.mov", '9');
        JobRow job = await StagedAsync([new NewOutput("upload:b/", IfExists.Replace)]);
        await store.SubmitAsync(Samples.Job(input: "upload:b/in.mov"));
        await store.TakeResultAsync(Samples.NodeA, Success(job));
        Assert.Contains("a file in it is the input of a job", (await store.GetJobAsync(job.Id))!.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(["b/in.mov"], (await store.ListFilesAsync()).Select(file => file.Name));
    }

    [Fact]
    public async Task What_a_job_reads_that_waits_is_not_replaced_by_one_that_is_submitted_later()
    {
        await UploadAsync("b/in.mov", '9');
        await store.SubmitAsync(Samples.Job(input: "upload:b/in.mov"));
        NewJob replacing = Samples.Several("upload:a.mp4", "upload:b/") with { Outputs = [new NewOutput("upload:a.mp4"), new NewOutput("upload:b/", IfExists.Replace)] };
        SubmitResult refused = await store.SubmitAsync(replacing);
        Assert.Equal((SubmitOutcome.OutputNeeded, 1), (refused.Outcome, refused.Output));
        await store.CancelAsync("1");
        Assert.Equal(SubmitOutcome.Created, (await store.SubmitAsync(replacing)).Outcome);
    }

    [Fact]
    public async Task Uploads_of_others_that_are_under_way_stay_when_a_folder_is_replaced()
    {
        FileRow other = (await store.BeginFileAsync("b/notes.txt")).File;
        FileRow same = (await store.BeginFileAsync("b/v0.mp4")).File;
        JobRow job = await StagedAsync([new NewOutput("upload:b/", IfExists.Replace)]);
        await store.TakeResultAsync(Samples.NodeA, Success(job));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Equal([same.ContentId], Released());
        Assert.NotNull(await store.FinishFileAsync(other.ContentId, 5, Samples.HashOf('9')));
    }

    [Fact]
    public async Task Names_of_uploads_are_reserved_while_the_agent_places_its_own_outputs()
    {
        FileRow early = (await store.BeginFileAsync("b/v0.mp4")).File;
        JobRow other = await StagedAsync("upload:b/v0.mp4");
        JobRow job = await StagedAsync("file:/out/a.mp4", "upload:b/");
        Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Success(job))).Verdict);

        Assert.Equal((false, job.Id), ((await store.BeginFileAsync("b/new.txt")).Begun, (await store.BeginFileAsync("b/new.txt")).ReservedFor));
        Assert.Null(await store.FinishFileAsync(early.ContentId, 5, Samples.HashOf('9')));
        Assert.True((await store.BeginFileAsync("bb.txt")).Begun);
        await store.TakeResultAsync(Samples.NodeA, Success(other));
        Assert.Contains("another job that is being published", (await store.GetJobAsync(other.Id))!.Error!.Message, StringComparison.Ordinal);

        await store.TakePublishedAsync(Samples.NodeA, new PublishedMessage(job.Key!));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Equal(6, (await store.ListFilesAsync()).Count(file => file.State == FileState.Complete));
        Assert.True((await store.BeginFileAsync("b/new.txt")).Begun);
    }

    [Fact]
    public async Task A_folder_that_holds_the_same_files_is_success()
    {
        JobRow first = await StagedAsync("upload:b/");
        JobRow second = await StagedAsync("upload:b/");
        await store.TakeResultAsync(Samples.NodeA, Success(first));
        await store.TakeResultAsync(Samples.NodeA, Success(second));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(second.Id))!.State);
        Assert.Equal(6, Released().Length);
    }

    [Fact]
    public async Task Uploads_of_a_job_whose_agent_places_files_too_are_named_when_those_stand()
    {
        JobRow job = await StagedAsync("file:/out/a.mp4", "upload:b/");
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(Verdict.Accepted, (await store.TakeResultAsync(Samples.NodeA, Success(job))).Verdict);
            Assert.Equal(JobState.Publishing, (await store.GetJobAsync(job.Id))!.State);
        }

        Assert.Empty(await store.ListFilesAsync());
        await store.TakePublishedAsync(Samples.NodeA, new PublishedMessage(job.Key!));
        Assert.Equal(JobState.Completed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Equal(6, (await store.ListFilesAsync()).Count);
    }

    [Fact]
    public async Task What_the_agent_cannot_place_is_missing_at_the_master_too()
    {
        JobRow job = await StagedAsync("file:/out/a.mp4", "upload:b/");
        await store.TakeResultAsync(Samples.NodeA, Success(job));
        await store.TakePublishedAsync(Samples.NodeA, new PublishedMessage(job.Key!, new JobError(ErrorClass.Settings, "a file of this name exists")));
        Assert.Equal(JobState.Failed, (await store.GetJobAsync(job.Id))!.State);
        Assert.Empty(await store.ListFilesAsync());
        Assert.Equal(6, Released().Length);
    }

    [Fact]
    public async Task A_name_that_is_taken_at_the_master_ends_the_job_before_its_agent_places_anything()
    {
        JobRow job = await StagedAsync("file:/out/a.mp4", "upload:b/");
        await UploadAsync("b/other.txt", '9');
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Success(job))).Verdict);
            Assert.Equal((JobState.Failed, ErrorClass.Settings), ((await store.GetJobAsync(job.Id))!.State, (await store.GetJobAsync(job.Id))!.Error!.Class));
        }
    }

    [Fact]
    public async Task A_file_of_several_that_was_not_uploaded_sends_the_job_round_again()
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Several("upload:a.mp4", "upload:b/"));
        foreach (string url in job.FileUrls.SkipLast(1))
        {
            await StageAsync(job, url);
        }

        Assert.Equal(Verdict.Drop, (await store.TakeResultAsync(Samples.NodeA, Success(job))).Verdict);
        JobRow after = (await store.GetJobAsync(job.Id))!;
        Assert.Equal((JobState.Queued, ErrorClass.Network), (after.State, after.Error!.Class));
        Assert.Equal(6, Released().Length);
    }

    [Fact]
    public async Task Other_files_than_the_jobs_are_a_failure_of_the_host()
    {
        JobRow job = await StagedAsync("upload:a.mp4", "upload:b/");
        ResultMessage success = Success(job);
        await store.TakeResultAsync(Samples.NodeA, success with { Result = success.Result! with { Files = [.. success.Result.Files.Reverse()] } });
        Assert.Equal(ErrorClass.Platform, (await store.GetJobAsync(job.Id))!.Error!.Class);
        Assert.Empty(await store.ListFilesAsync());
    }

    private static ResultMessage Success(JobRow job) => Samples.Success(job, Samples.HashOf('1'));

    private string[] Released() => [.. told.OfType<StoreEvent.ContentReleased>().Select(released => released.ContentId)];

    private async Task<FileRow> UploadAsync(string name, char hash)
    {
        FileRow file = (await store.BeginFileAsync(name)).File;
        return (await store.FinishFileAsync(file.ContentId, 50, Samples.HashOf(hash)))!;
    }

    private async Task<FileRow> StageAsync(JobRow job, string url) =>
        (await store.StageAsync(Samples.NodeA, job.Key!, url["upload:".Length..], Guid.NewGuid().ToString("N"), 100, Samples.HashOf('1')))!;

    private Task<JobRow> StagedAsync(params string[] outputs) => StagedAsync([.. outputs.Select(url => new NewOutput(url))]);

    private async Task<JobRow> StagedAsync(NewOutput[] outputs)
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Several([.. outputs.Select(output => output.Url)]) with { Outputs = outputs });
        foreach (string url in job.FileUrls.Where(url => url.StartsWith("upload:", StringComparison.Ordinal)))
        {
            await StageAsync(job, url);
        }

        return job;
    }
}
