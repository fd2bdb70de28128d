using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Files;

/// <summary>
/// The files of a master: names and states in the store, bytes in the content folder, and the order of steps that keeps the two
/// in agreement. A name is entered as finished only after its bytes are on disk under the id that the row names; bytes are
/// deleted only after no row names them. What a crash leaves in between is removed at the next start.
/// </summary>
public sealed class FileLibrary : IAsyncDisposable
{
    private const string UploadScheme = "upload:";

    private readonly EncodeStore store;
    private readonly ContentFolder folder;
    private readonly TimeProvider clock;
    private readonly ILogger<FileLibrary> log;
    private readonly Channel<string> released = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource closing = new();
    private Task tidying = Task.CompletedTask;

    /// <summary>Joins a store and a folder. Content that the store releases is deleted from now on; the folder is closed with the library.</summary>
    public FileLibrary(EncodeStore store, ContentFolder folder, TimeProvider clock, ILogger<FileLibrary> log)
    {
        this.store = store;
        this.folder = folder;
        this.clock = clock;
        this.log = log;
        store.Committed += OnCommitted;
    }

    /// <summary>Where the bytes are.</summary>
    public ContentFolder Folder => folder;

    /// <summary>Removes what a crash left behind, then keeps the folder tidy. Called before the first upload.</summary>
    public async Task StartAsync()
    {
        try
        {
            int removed = await folder.RemoveOrphansAsync(store.IsContentKnownAsync);
            if (removed > 0)
            {
                log.LeftoversRemoved(removed);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What cannot be removed takes space and does no harm: the next start tries again.
            log.TidyFailed(error.Message);
        }

        tidying = Task.WhenAll(DeleteReleasedAsync(), SweepAsync());
    }

    /// <summary>Takes an upload, or the next part of one.</summary>
    /// <param name="row">The row that the upload fills.</param>
    /// <param name="name">Its name.</param>
    /// <param name="body">Where the bytes come from.</param>
    /// <param name="part">Which part they are.</param>
    /// <param name="cancel">Gives up; what has come can be resumed.</param>
    /// <exception cref="ContentException">The part does not fit, the disk is full, or another request writes the file.</exception>
    public async Task<UploadResult> ReceiveAsync(FileRow row, string name, PipeReader body, UploadPart part, CancellationToken cancel)
    {
        using PartialFile partial = folder.OpenPartial(row.ContentId, name);
        try
        {
            // Looked up before the partial file was ours: another request may have finished or removed it since.
            if (await store.FindFileAsync(name) is not { State: FileState.Uploading } now || now.ContentId != row.ContentId)
            {
                partial.Discard();
                throw Removed(name, null);
            }

            if (!await AppendAsync(partial, name, body, part, cancel))
            {
                return new UploadResult(partial.Length, null);
            }

            (long bytes, string sha256) = await partial.CommitAsync(row.ContentId, part.Sha256, cancel);
            FileRow finished = await EnterAsync(partial, row.ContentId, () => store.FinishFileAsync(row.ContentId, bytes, sha256)) ?? throw Removed(name, row.ContentId);
            log.FileReceived(name, bytes);
            return new UploadResult(bytes, finished);
        }
        catch (ContentException error) when (error.Fault is ContentFault.Full or ContentFault.Mismatch && folder.PartialLength(row.ContentId) == 0)
        {
            // Nothing of it is left, so that its name is free for whatever comes next.
            await store.AbandonFileAsync(row.ContentId);
            throw;
        }
    }

    /// <summary>Takes a file of an attempt, or the next part of it.</summary>
    /// <returns>The staged row when the output is whole and the node still holds the attempt; <see cref="UploadResult.IsRefused"/> when it does not.</returns>
    /// <inheritdoc cref="ReceiveAsync"/>
    public async Task<UploadResult> StageAsync(string nodeId, AttemptKey key, string name, PipeReader body, UploadPart part, CancellationToken cancel)
    {
        using PartialFile partial = folder.OpenPartial(StageKey(key, name), name);

        // Looked up before the partial file was ours: the attempt may be over since, and what was here of it deleted.
        if (!await store.HoldsAsync(nodeId, key))
        {
            partial.Discard();
            return new UploadResult(0, null) { IsRefused = true };
        }

        if (!await AppendAsync(partial, name, body, part, cancel))
        {
            return new UploadResult(partial.Length, null);
        }

        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        (long bytes, string sha256) = await partial.CommitAsync(id, part.Sha256, cancel);
        FileRow? staged = await EnterAsync(partial, id, () => store.StageAsync(nodeId, key, name, id, bytes, sha256));
        if (staged is null)
        {
            folder.Delete(id);
        }

        return new UploadResult(bytes, staged) { IsRefused = staged is null };
    }

    /// <summary>How much of a file of an attempt is here.</summary>
    public long StagedLength(AttemptKey key, string name) => folder.PartialLength(StageKey(key, name));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        store.Committed -= OnCommitted;
        released.Writer.TryComplete();
        await closing.CancelAsync();
        await tidying;
        closing.Dispose();
        folder.Dispose();
    }

    private static string StageKey(AttemptKey key, string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.JobId}/{key.Attempt}/{key.Token}/{name}")));

    // Enters content in the database. What that did not take becomes an upload again, unless nobody knows whether it did.
    private static async Task<FileRow?> EnterAsync(PartialFile partial, string id, Func<Task<FileRow?>> enter)
    {
        try
        {
            return await enter();
        }
        catch (StoreException error) when (error.Fault != StoreFault.Fatal)
        {
            partial.TakeBack(id);
            throw;
        }
    }

    private ContentException Removed(string name, string? contentId)
    {
        if (contentId is not null)
        {
            folder.Delete(contentId);
        }

        return new ContentException(ContentFault.Busy, $"finish '{name}': the upload was removed or finished by another request meanwhile; send it again");
    }

    // Answers whether the file is whole now.
    private async Task<bool> AppendAsync(PartialFile partial, string name, PipeReader body, UploadPart part, CancellationToken cancel)
    {
        if (part.Start is null)
        {
            partial.Restart();
        }
        else if (part.Start != partial.Length)
        {
            throw new UploadOffsetException(name, part.Start.Value, partial.Length);
        }

        if (part.Bytes > folder.FreeBytes())
        {
            throw new ContentException(ContentFault.Full, $"write '{name}': the disk under --files ({folder.Root}) has no room for {part.Bytes} more bytes; free some space or delete files, then send it again");
        }

        long end = part.Bytes is { } bytes ? partial.Length + bytes : FileLimits.MaxFileBytes;
        await partial.AppendAsync(body, end, cancel);
        if (part.Bytes is not null && partial.Length != end)
        {
            throw new ContentException(ContentFault.Mismatch, $"receive '{name}': the body ended after {partial.Length} of {end} bytes; go on from there with Content-Range");
        }

        return !part.IsOpen && (part.Total is null || partial.Length == part.Total);
    }

    private void OnCommitted(StoreEvent happened)
    {
        switch (happened)
        {
            case StoreEvent.ContentReleased content:
                released.Writer.TryWrite(content.ContentId);
                break;
            case StoreEvent.AttemptOver over:
                // What an attempt uploaded in part nobody will go on with.
                foreach (string url in over.Job.FileUrls.Where(url => url.StartsWith(UploadScheme, StringComparison.Ordinal)))
                {
                    released.Writer.TryWrite(StageKey(over.Job.Key!, url[UploadScheme.Length..]));
                }

                break;
        }
    }

    private async Task DeleteReleasedAsync()
    {
        await foreach (string id in released.Reader.ReadAllAsync())
        {
            Tidy(() => folder.Delete(id));
        }
    }

    private async Task SweepAsync()
    {
        using PeriodicTimer timer = new(FileLimits.SweepInterval, clock);
        try
        {
            do
            {
                await SweepOnceAsync();
            }
            while (await timer.WaitForNextTickAsync(closing.Token));
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private async Task SweepOnceAsync()
    {
        DateTimeOffset now = clock.GetUtcNow();
        IReadOnlyList<string> stale = [];
        Tidy(() => stale = folder.RemoveStalePartials(now));
        try
        {
            // Also uploads of which no byte is here, and so no partial file that could grow old. One that is being written may be at the
            // step between its file and its row.
            foreach (string id in (string[])[.. stale, .. (await store.ListUploadsAsync(FileLimits.PartialAge)).Where(id => !folder.IsBusy(id) && !folder.HasPartial(id))])
            {
                await store.AbandonFileAsync(id);
            }
        }
        catch (StoreException error)
        {
            log.TidyFailed(error.Message);
        }
    }

    private void Tidy(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log.TidyFailed(error.Message);
        }
    }
}
