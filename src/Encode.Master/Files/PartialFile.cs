using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Encode.Master.Files;

/// <summary>An upload while it is written: bytes are appended and hashed in one pass, then the whole becomes content in one rename.</summary>
public sealed class PartialFile : IDisposable
{
    /// <summary>ENOSPC and EDQUOT, which .NET hands on as the exception's result.</summary>
    private static readonly int[] FullErrors = [28, 122];

    private readonly ContentFolder folder;
    private readonly string what;
    private readonly string path;
    private readonly Action release;
    private readonly SafeFileHandle file;
    private readonly IncrementalHash hash;
    private readonly string key;
    private bool isOver;
    private long hashed;
    private long uncheckedBytes;

    internal PartialFile(ContentFolder folder, string what, string key, Action release)
    {
        this.folder = folder;
        this.what = what;
        this.key = key;
        path = Path.Combine(folder.PartialPath, key);
        this.release = release;
        file = Guard(() => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous));
        Length = RandomAccess.GetLength(file);
        (hash, hashed) = folder.Hashes.Take(key, Length);
    }

    /// <summary>Bytes received so far.</summary>
    public long Length { get; private set; }

    /// <summary>Forgets what was received before.</summary>
    public void Restart()
    {
        RandomAccess.SetLength(file, 0);
        Length = 0;
        _ = hash.GetHashAndReset();
        hashed = 0;
    }

    /// <summary>Appends everything that a body brings.</summary>
    /// <param name="body">The body.</param>
    /// <param name="maxLength">What the file may grow to.</param>
    /// <param name="cancel">Gives up; what was written stays and can be resumed.</param>
    /// <exception cref="ContentException">The disk is full (the file is then deleted), or more bytes came than announced.</exception>
    public async Task AppendAsync(PipeReader body, long maxLength, CancellationToken cancel)
    {
        await HashStoredAsync(cancel);
        bool finished = false;
        while (!finished)
        {
            // A server that begins to drain cancels the read that is pending, not the request: the next read goes on.
            ReadResult read = await body.ReadAtLeastAsync(FileLimits.WriteBytes, cancel);
            try
            {
                await WriteAsync(read.Buffer, maxLength, cancel);
            }
            finally
            {
                // Also after a failure: whoever answers it may want to read on.
                body.AdvanceTo(read.Buffer.End);
            }

            finished = read.IsCompleted;
        }
    }

    /// <summary>Makes the upload finished content, on disk.</summary>
    /// <param name="id">The opaque id that it gets; content that a crash left under the id is replaced.</param>
    /// <param name="expectedSha256">What the content must hash to, lower-case hex; null when the sender did not say.</param>
    /// <param name="cancel">Gives up before the rename.</param>
    /// <returns>Its length and its SHA-256 in lower-case hex.</returns>
    /// <exception cref="ContentException">The content has another hash and is deleted, or the upload was removed meanwhile.</exception>
    public async Task<(long Bytes, string Sha256)> CommitAsync(string id, string? expectedSha256, CancellationToken cancel)
    {
        await HashStoredAsync(cancel);
        string sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        hashed = 0;
        isOver = true;
        if (expectedSha256 is not null && expectedSha256 != sha256)
        {
            Discard();
            throw new ContentException(ContentFault.Mismatch, $"receive '{what}': its SHA-256 is {sha256}, not {expectedSha256} as announced; send it again");
        }

        await Task.Run(() => Guard(() => Place(id)), cancel);
        return (Length, sha256);
    }

    /// <summary>Takes a commit back that the database did not take: the upload can be resumed as if its last byte had just come.</summary>
    /// <param name="id">The id that it was committed under.</param>
    public void TakeBack(string id) => File.Move(folder.PathOf(id), path, overwrite: true);

    /// <summary>Deletes what was received.</summary>
    public void Discard()
    {
        isOver = true;
        File.Delete(path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        if (isOver || hashed == 0)
        {
            hash.Dispose();
        }
        else
        {
            folder.Hashes.Keep(key, hash, hashed);
        }

        release();
    }

    private bool Place(string id)
    {
        RandomAccess.FlushToDisk(file);
        try
        {
            File.Move(path, folder.PathOf(id), overwrite: true);
        }
        catch (FileNotFoundException error)
        {
            throw new ContentException(ContentFault.Busy, $"finish '{what}': the upload was removed meanwhile; send it again", error);
        }

        FolderSync.Flush(folder.ContentPath);
        return true;
    }

    // A resumed upload has bytes that this process did not see arrive.
    private async Task HashStoredAsync(CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FileLimits.ReadBytes);
        try
        {
            while (hashed < Length)
            {
                int count = await RandomAccess.ReadAsync(file, buffer, hashed, cancel);
                if (count == 0)
                {
                    throw new IOException($"read back '{what}': the file is shorter than it was");
                }

                hash.AppendData(buffer, 0, count);
                hashed += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task WriteAsync(ReadOnlySequence<byte> bytes, long maxLength, CancellationToken cancel)
    {
        if (Length + bytes.Length > maxLength)
        {
            throw new ContentException(ContentFault.Mismatch, $"receive '{what}': more bytes came than the {maxLength} that were announced or are allowed");
        }

        if (bytes.IsEmpty)
        {
            return;
        }

        RequireSpace(bytes.Length);
        List<ReadOnlyMemory<byte>> pieces = [];
        foreach (ReadOnlyMemory<byte> piece in bytes)
        {
            pieces.Add(piece);
        }

        try
        {
            await RandomAccess.WriteAsync(file, pieces, Length, cancel);
        }
        catch (IOException error) when (IsFull(error))
        {
            Discard();
            throw Full(error);
        }

        // After the write: one that fails half way leaves the hash with what it is known to be of.
        pieces.ForEach(piece => hash.AppendData(piece.Span));
        Length += bytes.Length;
        hashed = Length;
    }

    // Others write to the same disk, and a body without a length announces nothing: the reserve is looked after all the way.
    private void RequireSpace(long bytes)
    {
        uncheckedBytes -= bytes;
        if (uncheckedBytes > 0)
        {
            return;
        }

        uncheckedBytes = FileLimits.SpaceCheckBytes;
        if (folder.FreeBytes() < bytes)
        {
            Discard();
            throw Full(null);
        }
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (IOException error) when (IsFull(error))
        {
            File.Delete(path);
            throw Full(error);
        }
    }

    private ContentException Full(IOException? error) =>
        new(ContentFault.Full, $"write '{what}': the disk under --files ({folder.Root}) is full; free some space or delete files, then send it again", error);

    private static bool IsFull(IOException error) => FullErrors.Contains(error.HResult & 0xFFFF);
}
