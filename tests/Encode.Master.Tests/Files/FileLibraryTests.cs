using System.IO.Pipelines;
using System.Text;
using Encode.Master.Files;
using Encode.Master.Store;
using Encode.Master.Tests.Store;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Master.Tests.Files;

/// <summary>The two halves of a file, its row and its bytes, when one of them goes wrong.</summary>
public sealed class FileLibraryTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly UploadPart Whole = new(null, null, null, null);

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly EncodeStore store;
    private readonly FileLibrary library;

    public FileLibraryTests()
    {
        store = EncodeStore.Open(new StoreOptions { Clock = clock });
        library = new FileLibrary(store, ContentFolder.Open(folder.Path, null), clock, NullLogger<FileLibrary>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await library.DisposeAsync();
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Content_that_the_database_does_not_take_becomes_an_upload_again()
    {
        using TempFolder own = new();
        EncodeStore closing = EncodeStore.Open(new StoreOptions());
        await using FileLibrary files = new(closing, ContentFolder.Open(own.Path, null), clock, NullLogger<FileLibrary>.Instance);
        FileRow row = (await closing.BeginFileAsync("clip")).File;
        Pipe body = new(new PipeOptions(pauseWriterThreshold: 0));
        Task<UploadResult> receiving = files.ReceiveAsync(row, "clip", body.Reader, Whole, CancellationToken.None);
        await body.Writer.WriteAsync(new byte[FileLimits.WriteBytes]);
        string partial = own.Combine("partial", row.ContentId);
        await Eventually.IsTrueAsync("some of it to be written", Deadline, () => File.Exists(partial) && new FileInfo(partial).Length > 0);
        closing.Dispose();
        await body.Writer.WriteAsync(new byte[10]);
        await body.Writer.CompleteAsync();
        Assert.Equal(StoreFault.Closed, (await Assert.ThrowsAsync<StoreException>(() => receiving)).Fault);
        Assert.Empty(Directory.GetFiles(own.Combine("content")));
        Assert.Equal(FileLimits.WriteBytes + 10, new FileInfo(partial).Length);
    }

    [Fact]
    public async Task A_finished_file_is_not_overwritten_by_a_request_that_found_it_unfinished()
    {
        FileRow row = (await store.BeginFileAsync("clip")).File;
        Assert.NotNull((await library.ReceiveAsync(row, "clip", Body("first"), Whole, CancellationToken.None)).File);
        ContentException refused = await Assert.ThrowsAsync<ContentException>(() => library.ReceiveAsync(row, "clip", Body("second"), Whole, CancellationToken.None));
        Assert.Equal(ContentFault.Busy, refused.Fault);
        Assert.Equal("first", await File.ReadAllTextAsync(Assert.Single(Contents())));
        Assert.Empty(Partials());
    }

    [Fact]
    public async Task An_upload_that_is_removed_while_it_comes_is_refused_at_its_end_and_leaves_nothing()
    {
        await library.StartAsync();
        FileRow row = (await store.BeginFileAsync("clip")).File;
        Pipe body = new();
        Task<UploadResult> receiving = library.ReceiveAsync(row, "clip", body.Reader, Whole, CancellationToken.None);
        await Eventually.IsTrueAsync("the upload to begin", Deadline, () => Partials().Length == 1);
        Assert.Equal(DeleteFileOutcome.Deleted, await store.DeleteFileAsync("clip"));
        await Eventually.IsTrueAsync("its bytes to go", Deadline, () => Partials().Length == 0);
        await body.Writer.WriteAsync("content"u8.ToArray());
        await body.Writer.CompleteAsync();
        Assert.Equal(ContentFault.Busy, (await Assert.ThrowsAsync<ContentException>(() => receiving)).Fault);
        Assert.Empty(Contents());
    }

    [Fact]
    public async Task An_old_upload_of_which_nothing_is_here_frees_its_name()
    {
        await store.BeginFileAsync("dead");
        clock.Advance(FileLimits.PartialAge + TimeSpan.FromHours(1));
        await store.BeginFileAsync("young");
        await library.StartAsync();
        await Eventually.GetAsync("the name to be free", Deadline, async () => await store.FindFileAsync("dead") is null ? "free" : null);
        Assert.NotNull(await store.FindFileAsync("young"));
    }

    [Fact]
    public async Task What_an_attempt_uploaded_in_part_goes_with_the_attempt()
    {
        await library.StartAsync();
        JobRow job = await Samples.ClaimedAsync(store, Samples.Several("upload:out.mp4", "upload:out/"));
        await library.StageAsync(Samples.NodeA, job.Key!, "out/v0.mp4", Body("part"), new UploadPart(0, 4, 8, null), CancellationToken.None);
        Assert.Equal((4, 0), (library.StagedLength(job.Key!, "out/v0.mp4"), library.StagedLength(job.Key!, "out.mp4")));
        await library.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Body("half"), new UploadPart(0, 4, 8, null), CancellationToken.None);
        Assert.Equal(2, Partials().Length);
        await store.EndAttemptAsync(new AttemptEnding(Samples.NodeA, job.Key!, AttemptEnd.Forgotten, null, "forgotten"));
        await Eventually.IsTrueAsync("the part to go", Deadline, () => Partials().Length == 0);
    }

    private string[] Partials() => Directory.GetFiles(folder.Combine("partial"));

    private string[] Contents() => Directory.GetFiles(folder.Combine("content"));

    private static PipeReader Body(string text) => PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
