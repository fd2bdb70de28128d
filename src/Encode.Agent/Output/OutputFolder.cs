using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Encode.Agent.Native;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

// How an output comes to stand under its name (also after a crash in between):
//
//     .<name>.<job>.<attempt>.tmp      written by the cell, beside the target, through the folder's descriptor
//            │ fsync                   the bytes are on the disk
//            │ check and hash          the cell reads it back, the supervisor hashes it
//            │ (the master accepts)    only for jobs of a farm
//            ▼ renameat2(NOREPLACE)    or link + unlink where the file system lacks it
//     <name>
//            │ fsync of the folder     the name is on the disk
//
// Both names live in the same folder and are only ever named through one descriptor of it, so nobody can move the folder from
// under us between the steps. A target that already holds the same bytes is success: the step was done before and its answer
// was lost. Not promised: that a folder on a network file system keeps what fsync said.

/// <summary>A folder that outputs are written into, held by descriptor.</summary>
internal sealed partial class OutputFolder : IDisposable
{
    /// <summary>Longest name a Linux file system takes, in bytes.</summary>
    internal const int MaxNameBytes = 255;

    /// <summary>What temporary names end in.</summary>
    internal const string TemporarySuffix = ".tmp";

    private const uint RenameNoReplace = 1;
    private const uint FileMode = 0x1B4; // 0664 before the umask
    private const int HashBufferBytes = 1 << 20;

    private readonly SafeFileHandle _folder;
    private readonly string _path;

    private OutputFolder(SafeFileHandle folder, string path)
    {
        _folder = folder;
        _path = path;
    }

    /// <summary>Takes over an open folder; <paramref name="path"/> is for messages only.</summary>
    internal static OutputFolder Own(SafeFileHandle folder, string path) => new(folder, path);

    /// <summary>The same folder once more, with a life of its own.</summary>
    internal OutputFolder Share() => OpenFolder(".") ?? throw Failed("open folder", ".", Libc.ENOENT);

    /// <summary>Opens a folder by its path.</summary>
    /// <exception cref="AttemptException">It does not exist or may not be used.</exception>
    internal static OutputFolder Open(string path)
    {
        SafeFileHandle? folder = Descriptors.Open(null, path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int errno);
        return folder is null
            ? throw new AttemptException(ErrorClass.Settings, $"open folder {path}: {Libc.Describe(errno)}; create it first")
            : new OutputFolder(folder, path);
    }

    /// <summary>Creates a temporary file that is read and written through its handle. One that a dead attempt left is replaced.</summary>
    internal SafeFileHandle Create(string name)
    {
        const int Flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW;
        SafeFileHandle? file = Descriptors.Open(_folder, name, Flags, FileMode, out int errno);
        if (file is null && errno == Libc.EEXIST)
        {
            Delete(name);
            file = Descriptors.Open(_folder, name, Flags, FileMode, out errno);
        }

        return file ?? throw Failed("create", name, errno);
    }

    /// <summary>Whether a name is taken, by whatever it may be.</summary>
    internal bool Exists(string name) => Libc.statx(Number, Libc.Path(name), AtSymlinkNoFollow, 1, new byte[256]) == 0;

    private const int AtSymlinkNoFollow = 0x100;

    private int Number => Descriptors.Number(_folder);

    /// <summary>Deletes a name; one that is not there is fine.</summary>
    internal void Delete(string name)
    {
        if (Libc.unlinkat(Number, Libc.Path(name), 0) != 0 && Marshal.GetLastPInvokeError() is var errno && errno != Libc.ENOENT)
        {
            throw Failed("delete", name, errno);
        }
    }

    /// <summary>Puts a finished temporary file under its final name and makes that durable.</summary>
    /// <param name="temporary">Its name now. May be gone already when an earlier try got that far.</param>
    /// <param name="name">Its final name.</param>
    /// <param name="ifExists">What to do when the name is taken by other bytes.</param>
    /// <param name="sha256">Hash of the temporary file: a target with the same one is success.</param>
    /// <exception cref="AttemptException">The name is taken, or the file system refuses.</exception>
    internal void Publish(string temporary, string name, IfExists ifExists, string sha256)
    {
        int errno = ifExists == IfExists.Replace ? Rename(temporary, name, 0) : RenameNoReplaceOrLink(temporary, name);
        if (errno is Libc.EEXIST or Libc.ENOENT)
        {
            if (HashOf(name) != sha256)
            {
                throw errno == Libc.EEXIST ? Taken(name) : Failed("rename", temporary, errno);
            }

            Delete(temporary);
        }
        else if (errno != 0)
        {
            throw Failed("rename to", name, errno);
        }

        Sync();
    }

    /// <summary>The error for a name that is taken.</summary>
    internal AttemptException Taken(string name) =>
        new(ErrorClass.Settings, $"write {Path.Combine(_path, name)}: the {(IsFolder(name) ? "folder" : "file")} exists; choose another name or ask for it to be replaced");

    /// <summary>Opens a file of this folder for reading; null when it is not there.</summary>
    internal SafeFileHandle? OpenExisting(string name) =>
        Descriptors.Open(_folder, name, Libc.O_RDWR | Libc.O_NOFOLLOW, 0, out _);

    /// <summary>SHA-256 of a whole file, lower-case hex.</summary>
    internal static async Task<(long Bytes, string Sha256)> HashAsync(SafeFileHandle file, CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[HashBufferBytes];
        long offset = 0;
        for (int read; (read = await RandomAccess.ReadAsync(file, buffer, offset, cancel).ConfigureAwait(false)) > 0; offset += read)
        {
            hash.AppendData(buffer, 0, read);
        }

        return (offset, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>SHA-256 of a regular file of this folder; null when there is none of the name.</summary>
    internal string? HashOf(string name)
    {
        using SafeFileHandle? file = OpenToRead(name);
        try
        {
            return file is null || !Descriptors.IsRegularFile(file, out _) ? null : HashAsync(file, CancellationToken.None).GetAwaiter().GetResult().Sha256;
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, $"read {Path.Combine(_path, name)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private int RenameNoReplaceOrLink(string from, string to)
    {
        int errno = Rename(from, to, RenameNoReplace);
        if (errno is not (Libc.EINVAL or Libc.ENOSYS))
        {
            return errno;
        }

        if (Libc.linkat(Number, Libc.Path(from), Number, Libc.Path(to), 0) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        Delete(from);
        return 0;
    }

    private int Rename(string from, string to, uint flags) =>
        Libc.renameat2(Number, Libc.Path(from), Number, Libc.Path(to), flags) == 0 ? 0 : Marshal.GetLastPInvokeError();

    private SafeFileHandle? OpenToRead(string name) =>
        Descriptors.Open(_folder, name, Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK, 0, out _);

    private bool IsFolder(string name)
    {
        using OutputFolder? folder = OpenFolder(name);
        return folder is not null;
    }

    /// <summary>Makes the names in this folder durable.</summary>
    internal void Sync()
    {
        if (Libc.fsync(Number) != 0)
        {
            throw Failed("sync folder of", ".", Marshal.GetLastPInvokeError());
        }
    }

    private AttemptException Failed(string operation, string name, int errno) =>
        DiskErrors.From(errno, $"{operation} {Path.Combine(_path, name)}");
}
