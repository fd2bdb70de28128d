using System.Collections.Concurrent;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Tests.Store;

/// <summary>Names of files: begun, finished, immutable, needed, staged.</summary>
public sealed class FileTests : IDisposable
{
    private readonly EncodeStore store = EncodeStore.Open(new StoreOptions());
    private readonly ConcurrentQueue<StoreEvent> told = [];

    public FileTests() => store.Committed += told.Enqueue;

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task An_upload_that_was_cut_is_resumed_and_a_finished_one_is_immutable()
    {
        BeginFileResult first = await store.BeginFileAsync("a/in.mov");
        BeginFileResult again = await store.BeginFileAsync("a/in.mov");
        Assert.Equal((true, true, first.File.ContentId), (first.Begun, again.Begun, again.File.ContentId));

        // Content under its id is what a crash left between the rename and the row.
        Assert.False(await store.IsContentKnownAsync(first.File.ContentId));
        FileRow whole = (await store.FinishFileAsync(first.File.ContentId, 5, Samples.HashOf('1')))!;
        Assert.Equal((FileState.Complete, 5L), (whole.State, whole.Bytes));
        Assert.Null(await store.FinishFileAsync(first.File.ContentId, 6, Samples.HashOf('2')));
        Assert.False((await store.BeginFileAsync("a/in.mov")).Begun);
    }

    [Fact]
    public async Task A_file_is_not_deleted_while_a_job_needs_it()
    {
        FileRow file = await UploadAsync("in.mov");
        await store.SubmitAsync(Samples.Job(input: "upload:in.mov"));
        Assert.Equal(DeleteFileOutcome.Needed, await store.DeleteFileAsync("in.mov"));
        await store.CancelAsync("1");
        Assert.Equal(DeleteFileOutcome.Deleted, await store.DeleteFileAsync("in.mov"));
        Assert.Equal(DeleteFileOutcome.Missing, await store.DeleteFileAsync("in.mov"));
        Assert.Equal(file.ContentId, Assert.Single(told.OfType<StoreEvent.ContentReleased>()).ContentId);
        Assert.False(await store.IsContentKnownAsync(file.ContentId));
    }

    [Fact]
    public async Task An_abandoned_upload_frees_its_name_and_a_whole_file_stays()
    {
        FileRow cut = (await store.BeginFileAsync("cut.mov")).File;
        FileRow whole = await UploadAsync("whole.mov");
        await store.AbandonFileAsync(cut.ContentId);
        await store.AbandonFileAsync(whole.ContentId);
        Assert.Null(await store.FindFileAsync("cut.mov"));
        Assert.NotNull(await store.FindFileAsync("whole.mov"));
        Assert.Equal(["whole.mov"], (await store.ListFilesAsync()).Select(file => file.Name));
    }

    [Fact]
    public async Task Only_the_node_that_holds_an_attempt_stages_its_output()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        AttemptKey stale = job.Key! with { Token = new string('0', 32) };
        Assert.True(await store.HoldsAsync(Samples.NodeA, job.Key!));
        Assert.False(await store.HoldsAsync("another", job.Key!));
        Assert.False(await store.HoldsAsync(Samples.NodeA, stale));
        Assert.Null(await store.StageAsync("another", job.Key!, "out.mp4", Id('1'), 5, Samples.HashOf('1')));
        Assert.Null(await store.StageAsync(Samples.NodeA, stale, "out.mp4", Id('1'), 5, Samples.HashOf('1')));
        FileRow staged = (await store.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Id('1'), 5, Samples.HashOf('1')))!;
        Assert.Equal((FileState.Staged, null, job.Id), (staged.State, staged.Name, staged.JobId));
    }

    [Fact]
    public async Task A_second_staging_takes_the_place_of_the_first_of_its_name()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Id('1'), 5, Samples.HashOf('1'));
        await store.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Id('2'), 6, Samples.HashOf('2'));
        Assert.Equal(Id('1'), Assert.Single(told.OfType<StoreEvent.ContentReleased>()).ContentId);
        Assert.True(await store.IsContentKnownAsync(Id('2')));

        await store.StageAsync(Samples.NodeA, job.Key!, "other.mp4", Id('3'), 6, Samples.HashOf('3'));
        Assert.True(await store.IsContentKnownAsync(Id('2')));
    }

    [Fact]
    public async Task A_staged_output_goes_with_its_attempt()
    {
        JobRow job = await Samples.ClaimedAsync(store);
        await store.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Id('1'), 5, Samples.HashOf('1'));
        await store.EndAttemptAsync(new AttemptEnding(Samples.NodeA, job.Key!, AttemptEnd.Forgotten, null, "forgotten"));
        Assert.False(await store.IsContentKnownAsync(Id('1')));
    }

    [Fact]
    public async Task A_node_may_read_the_inputs_of_jobs_it_holds_and_no_others()
    {
        await UploadAsync("in.mov");
        await UploadAsync("other.mov");
        JobRow job = await Samples.ClaimedAsync(store, Samples.Job(input: "upload:in.mov"));
        Assert.True(await store.NodeMayReadFileAsync(Samples.NodeA, "in.mov"));
        Assert.False(await store.NodeMayReadFileAsync(Samples.NodeA, "other.mov"));
        Assert.False(await store.NodeMayReadFileAsync("another", "in.mov"));
        await store.CancelAsync(job.Id);
        Assert.False(await store.NodeMayReadFileAsync(Samples.NodeA, "in.mov"));
    }

    private static string Id(char digit) => new(digit, 32);

    private async Task<FileRow> UploadAsync(string name)
    {
        FileRow file = (await store.BeginFileAsync(name)).File;
        return (await store.FinishFileAsync(file.ContentId, 5, Samples.HashOf('1')))!;
    }
}
