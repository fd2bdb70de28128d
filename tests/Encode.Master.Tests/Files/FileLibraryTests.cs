using System.IO.Pipelines;
using System.Security.Cryptography;
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

    [Fact]
    public async Task A_part_that_comes_when_the_attempt_is_over_is_refused_and_leaves_nothing()
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Several("upload:out.mp4"));
        await library.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Body("part"), new UploadPart(0, 4, null, null, IsOpen: true), CancellationToken.None);
        await store.EndAttemptAsync(new AttemptEnding(Samples.NodeA, job.Key!, AttemptEnd.Forgotten, null, "forgotten"));
        UploadResult late = await library.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Body("more"), new UploadPart(4, 4, null, null, IsOpen: true), CancellationToken.None);
        Assert.True(late.IsRefused);
        Assert.Empty(Partials());
    }

    [Fact]
    public async Task Open_parts_of_an_output_become_a_staged_file_that_is_known_again()
    {
        JobRow job = await Samples.ClaimedAsync(store, Samples.Several("upload:out.mp4"));
        Assert.Null((await library.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Body("part"), new UploadPart(0, 4, null, null, IsOpen: true), CancellationToken.None)).File);
        Assert.Null(await store.FindStagedAsync(job.Key!, "out.mp4"));
        FileRow? whole = (await library.StageAsync(Samples.NodeA, job.Key!, "out.mp4", Body("more"), new UploadPart(4, 4, 8, null), CancellationToken.None)).File;
        string sha256 = Convert.ToHexStringLower(SHA256.HashData("partmore"u8));
        Assert.Equal((sha256, 8L), (whole!.Sha256, whole.Bytes));
        Assert.Equal(sha256, (await store.FindStagedAsync(job.Key!, "out.mp4"))!.Sha256);
        Assert.Null(await store.FindStagedAsync(job.Key! with { Attempt = 2 }, "out.mp4"));
    }

    [Fact]
    public void The_hash_of_an_upload_goes_on_between_two_parts_and_not_beyond_its_bytes()
    {
        using RunningHashes hashes = new();
        (IncrementalHash hash, long bytes) = hashes.Take("a", 0);
        Assert.Equal(0, bytes);
        hash.AppendData("part"u8);
        hashes.Keep("a", hash, 4);
        (hash, bytes) = hashes.Take("a", 4);
        Assert.Equal(4, bytes);
        hash.AppendData("more"u8);
        hashes.Keep("a", hash, 8);
        (hash, bytes) = hashes.Take("a", 7); // a file that was cut meanwhile
        Assert.Equal(0, bytes);
        hash.Dispose();
        hashes.Keep("a", IncrementalHash.CreateHash(HashAlgorithmName.SHA256), 8);
        hashes.Forget("a");
        Assert.Equal(0, hashes.Take("a", 8).Bytes);
    }

    [Fact]
    public void Of_more_uploads_than_are_remembered_the_one_that_waited_longest_is_forgotten()
    {
        using RunningHashes hashes = new();
        for (int i = 0; i < FileLimits.RememberedHashes; i++)
        {
            Keep($"{i}", 1);
        }

        // One more part of the first: it has waited the shortest now.
        hashes.Take("0", 1).Hash.Dispose();
        Keep("0", 2);
        Keep("new", 1);
        Assert.Equal(0, BytesOf("1"));
        Assert.Equal((2, 1, 1), (BytesOf("0"), BytesOf("2"), BytesOf("new")));

        void Keep(string key, long bytes) => hashes.Keep(key, IncrementalHash.CreateHash(HashAlgorithmName.SHA256), bytes);

        long BytesOf(string key)
        {
            (IncrementalHash hash, long bytes) = hashes.Take(key, 10);
            hash.Dispose();
            return bytes;
        }
    }

    private string[] Partials() => Directory.GetFiles(folder.Combine("partial"));

    private string[] Contents() => Directory.GetFiles(folder.Combine("content"));

    private static PipeReader Body(string text) => PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
