using System.Collections.Concurrent;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Encode.Master.Files;

/// <summary>
/// The bytes of every file that a master keeps, under names that say nothing:
///
///     FOLDER/owner            which database the content belongs to; locked while a master runs
///     FOLDER/partial/ID       an upload that is not finished; for an attempt's output a hash of the attempt
///     FOLDER/content/ID       a finished file, never written again
///
/// The database knows which name has which ID; nothing that a user sends ever becomes part of a path. An upload is appended
/// to its partial file, flushed, renamed into content and only then entered in the database. Whatever a crash leaves behind is
/// therefore either a partial file, which its sender may resume for <see cref="FileLimits.PartialAge"/>, or content that no
/// row names, which the next start removes. The owner file keeps a master with another database from removing what is not its own.
///
/// Thread-safe. A partial file has one writer at a time: a second one is refused, not queued.
/// </summary>
public sealed class ContentFolder : IDisposable
{
    /// <summary>What the owner file says when the database is in memory, so that nothing in the folder outlives its master.</summary>
    private const string InMemory = "memory";

    /// <summary>EWOULDBLOCK, which .NET hands on as the exception's result: another has the lock.</summary>
    private const int WouldBlock = 11;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream owner;
    private readonly ConcurrentDictionary<string, byte> busy = new(StringComparer.Ordinal);

    private ContentFolder(string root, FileStream owner)
    {
        Root = root;
        ContentPath = Path.Combine(root, "content");
        PartialPath = Path.Combine(root, "partial");
        this.owner = owner;
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Root { get; }

    internal string ContentPath { get; }

    internal RunningHashes Hashes { get; } = new();

    internal string PartialPath { get; }

    /// <summary>Opens a folder, making it when it is absent.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="database">Which database's content it holds; null for one in memory.</param>
    /// <exception cref="ContentException">Another master uses it, it belongs to another database, or it cannot be written.</exception>
    public static ContentFolder Open(string folder, string? database)
    {
        string root = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(root, Private);
            ContentFolder opened = new(root, Claim(root, database ?? InMemory));
            Directory.CreateDirectory(opened.ContentPath, Private);
            Directory.CreateDirectory(opened.PartialPath, Private);
            return opened;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ContentException(ContentFault.Folder, $"open the files folder '{root}': {error.Message}; choose another with --files", error);
        }
    }

    /// <summary>Takes up an upload, or begins it.</summary>
    /// <param name="key">What it is called while it is unfinished: hexadecimal digits.</param>
    /// <param name="what">What users call it, for messages.</param>
    /// <exception cref="ContentException">Another request is writing it.</exception>
    public PartialFile OpenPartial(string key, string what)
    {
        if (!busy.TryAdd(key, 0))
        {
            throw new ContentException(ContentFault.Busy, $"write '{what}': another request is uploading it; wait for that one to end");
        }

        try
        {
            return new PartialFile(this, what, key, () => busy.TryRemove(key, out _));
        }
        catch
        {
            busy.TryRemove(key, out _);
            throw;
        }
    }

    /// <summary>Whether anything of an unfinished upload is here, be it empty.</summary>
    public bool HasPartial(string key) => File.Exists(Path.Combine(PartialPath, key));

    /// <summary>How many bytes of an unfinished upload are here.</summary>
    public long PartialLength(string key)
    {
        FileInfo file = new(Path.Combine(PartialPath, key));
        return file.Exists ? file.Length : 0;
    }

    /// <summary>Opens finished content for reading. The handle stays good when the content is deleted meanwhile.</summary>
    /// <exception cref="FileNotFoundException">There is no such content.</exception>
    public SafeFileHandle OpenRead(string id) => File.OpenHandle(PathOf(id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);

    /// <summary>Deletes what an id stands for, finished or not; nothing happens when it is gone already.</summary>
    public void Delete(string id)
    {
        File.Delete(PathOf(id));
        File.Delete(Path.Combine(PartialPath, id));
        Hashes.Forget(id);
    }

    /// <summary>Deletes content that no row of the database names. For the start, when nothing is written.</summary>
    /// <param name="isKnown">Whether a row names an id.</param>
    /// <returns>How many files were deleted.</returns>
    public async Task<int> RemoveOrphansAsync(Func<string, Task<bool>> isKnown)
    {
        int removed = 0;
        foreach (string path in Directory.EnumerateFiles(ContentPath))
        {
            if (!await isKnown(Path.GetFileName(path)))
            {
                File.Delete(path);
                removed++;
            }
        }

        return removed;
    }

    /// <summary>Deletes uploads that nobody has gone on with for <see cref="FileLimits.PartialAge"/>.</summary>
    /// <returns>The keys of those that were deleted.</returns>
    public IReadOnlyList<string> RemoveStalePartials(DateTimeOffset now)
    {
        List<string> removed = [];
        foreach (FileInfo file in new DirectoryInfo(PartialPath).EnumerateFiles())
        {
            if (now - file.LastWriteTimeUtc > FileLimits.PartialAge && busy.TryAdd(file.Name, 0))
            {
                try
                {
                    file.Delete();
                    Hashes.Forget(file.Name);
                    removed.Add(file.Name);
                }
                finally
                {
                    busy.TryRemove(file.Name, out _);
                }
            }
        }

        return removed;
    }

    /// <summary>Whether a request or the sweep has this upload in hand.</summary>
    public bool IsBusy(string id) => busy.ContainsKey(id);

    /// <summary>Bytes that uploads may still take on this file system.</summary>
    public long FreeBytes() => new DriveInfo(Root).AvailableFreeSpace - FileLimits.ReserveBytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        Hashes.Dispose();
        owner.Dispose();
    }

    internal string PathOf(string id) => Path.Combine(ContentPath, id);

    private static FileStream Claim(string root, string database)
    {
        // FileShare.None is an flock on Linux: a second master on this folder fails here.
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(root, "owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when ((error.HResult & 0xFFFF) == WouldBlock)
        {
            throw new ContentException(ContentFault.Folder, $"open the files folder '{root}': another master uses it; choose another with --files", error);
        }

        using StreamReader reader = new(file, leaveOpen: true);
        string before = reader.ReadToEnd().Trim();
        if (before.Length > 0 && before != InMemory && before != database)
        {
            file.Dispose();
            throw new ContentException(ContentFault.Folder, $"open the files folder '{root}': it belongs to the database '{before}', not to this one; start with that --db, choose another --files, or delete '{root}/owner' if that database is gone");
        }

        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(database + "\n"));
        file.Flush(flushToDisk: true);
        return file;
    }
}
