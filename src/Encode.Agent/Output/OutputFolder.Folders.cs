using System.Runtime.InteropServices;
using Encode.Agent.Native;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

// A folder comes to stand under its name as a file does: written beside it, made durable, renamed. One that replaces another changes places
// with it in one call (RENAME_EXCHANGE), so that readers see the old one whole or the new one whole, and what was there is deleted under the
// temporary name. An agent that is killed between the two finds, at its next start, the target with the right bytes and only tidies up:
// to exchange again would bring back the old.

/// <content>Folders as outputs.</content>
internal sealed partial class OutputFolder
{
    /// <summary>How the names of a folder's files end.</summary>
    private static readonly string[] OwnEndings = [".mp4", ".m3u8", ".mpd", Contracts.Scenarios.OutputNames.TextEnding];

    private const uint RenameExchange = 2;
    private const uint FolderMode = 0x1FD; // 0775 before the umask
    private const int RemoveFolder = 0x200;

    /// <summary>Makes a folder. One that a dead attempt left is replaced.</summary>
    internal OutputFolder MakeFolder(string name)
    {
        DeleteTree(name);
        if (Libc.mkdirat(Number, Libc.Path(name), FolderMode) != 0)
        {
            throw Failed("create folder", name, Marshal.GetLastPInvokeError());
        }

        return OpenFolder(name) ?? throw Failed("open folder", name, Libc.ENOENT);
    }

    /// <summary>Opens a folder in this one, not through a link; null when there is none.</summary>
    internal OutputFolder? OpenFolder(string name)
    {
        SafeFileHandle? folder = Descriptors.Open(_folder, name, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW, 0, out _);
        return folder is null ? null : new OutputFolder(folder, name == "." ? _path : Path.Combine(_path, name));
    }

    /// <summary>Deletes a file, or a folder with all that is in it; links are deleted and not followed. A name that is not there is fine.</summary>
    internal void DeleteTree(string name)
    {
        if (OpenFolder(name) is { } folder)
        {
            using (folder)
            {
                foreach (string entry in folder.Names())
                {
                    folder.DeleteTree(entry);
                }
            }

            if (Libc.unlinkat(Number, Libc.Path(name), RemoveFolder) != 0 && Marshal.GetLastPInvokeError() is var errno && errno != Libc.ENOENT)
            {
                throw Failed("delete folder", name, errno);
            }
        }
        else
        {
            Delete(name);
        }
    }

    /// <summary>Puts a finished temporary folder under its final name and makes that durable.</summary>
    /// <inheritdoc cref="Publish"/>
    internal void PublishFolder(string temporary, string name, IfExists ifExists, IReadOnlyList<SealedFile> made)
    {
        if (!HoldsFolder(name, made))
        {
            // What was exchanged once lies there as the old folder does: to exchange again would bring that back.
            if (!HasSizesOf(temporary, made))
            {
                throw new AttemptException(ErrorClass.Platform, $"publish folder {Path.Combine(_path, name)}: what was made for it is gone or changed; submit the job again");
            }

            DeleteAllBut(temporary, made);
            PlaceFolder(temporary, name, ifExists);
            Sync();
        }

        try
        {
            // What was replaced, or what this attempt made and somebody else had made already. The output stands whatever becomes of it.
            DeleteTree(temporary);
            DeleteTree(AsideOf(temporary));
            Sync();
        }
        catch (AttemptException)
        {
            // Left under its hidden name.
        }
    }

    /// <summary>Files of tracks that the input turned out to lack were made empty, before that was known.</summary>
    private void DeleteAllBut(string temporary, IReadOnlyList<SealedFile> made)
    {
        using OutputFolder? folder = OpenFolder(temporary);
        string[] unused = [.. (folder?.Names() ?? []).Except(made.Select(file => file.Name))];
        foreach (string name in unused)
        {
            folder!.Delete(name);
        }

        if (unused.Length > 0)
        {
            folder!.Sync();
        }
    }

    /// <summary>
    /// Deletes what an attempt left under its temporary name. Where a file system that cannot exchange was cut between its two renames, what
    /// was to be replaced stands aside and the name is free: it gets its name back.
    /// </summary>
    internal void ClearTemporary(string temporary, string name)
    {
        DeleteTree(temporary);
        string aside = AsideOf(temporary);
        if (!Exists(aside))
        {
            return;
        }

        if (Exists(name))
        {
            DeleteTree(aside);
        }
        else if (Rename(aside, name, 0) is not 0 and var errno)
        {
            throw Failed("give its name back to", name, errno);
        }
    }

    /// <summary>Moves what was published back under its temporary name.</summary>
    internal void MoveBack(string name, string temporary)
    {
        if (Rename(name, temporary, 0) is not 0 and var errno)
        {
            throw Failed("take back", name, errno);
        }

        Sync();
    }

    /// <summary>Whether a folder has all of these files. Others may have come since: players and file managers leave some.</summary>
    internal bool HoldsFolder(string name, IReadOnlyList<SealedFile> made)
    {
        using OutputFolder? folder = OpenFolder(name);
        return folder is not null && made.All(file => folder.Holds(file.Name, file));
    }

    /// <summary>Whether a name is free for a folder of ours, or may be replaced by one: a flat folder of nothing but tracks and manifests.</summary>
    internal bool MayBecomeFolder(string name, IfExists ifExists) => !Exists(name) || (ifExists == IfExists.Replace && IsOurs(name));

    /// <summary>The error for a name that no folder may take: what stands there is somebody's own.</summary>
    internal AttemptException NotOurs(string name) => new(
        ErrorClass.Settings, $"write {Path.Combine(_path, name)}: what stands there is no folder that this program made, so it is not replaced; choose another name, or remove it yourself");

    private bool IsOurs(string name)
    {
        using OutputFolder? folder = OpenFolder(name);
        string[] names = folder?.Names() ?? [];
        return names.Contains(Contracts.Scenarios.OutputNames.HlsManifest) && names.All(entry => OwnEndings.Contains(Path.GetExtension(entry)) && folder!.IsRegularFile(entry));
    }

    private bool IsRegularFile(string name)
    {
        using SafeFileHandle? file = OpenToRead(name);
        return file is not null && Descriptors.IsRegularFile(file, out _);
    }

    private bool HasSizesOf(string name, IReadOnlyList<SealedFile> made)
    {
        using OutputFolder? folder = OpenFolder(name);
        return folder is not null && made.All(file =>
        {
            using SafeFileHandle? open = folder.OpenToRead(file.Name);
            return open is not null && Descriptors.IsRegularFile(open, out long bytes) && bytes == file.Bytes;
        });
    }

    /// <summary>Whether a name is that of a regular file with these bytes.</summary>
    internal bool Holds(string name, SealedFile made)
    {
        using SafeFileHandle? file = OpenToRead(name);
        return file is not null && Descriptors.IsRegularFile(file, out long bytes) && bytes == made.Bytes && HashOf(name) == made.Sha256;
    }

    private void PlaceFolder(string temporary, string name, IfExists ifExists)
    {
        int errno = Rename(temporary, name, RenameNoReplace);
        if (errno is Libc.EINVAL or Libc.ENOSYS)
        {
            // Without the flag a folder still replaces nothing but an empty folder.
            errno = Exists(name) ? Libc.EEXIST : Rename(temporary, name, 0);
        }

        if (errno is Libc.EEXIST or Libc.ENOTEMPTY or Libc.ENOTDIR && ifExists == IfExists.Replace)
        {
            errno = IsOurs(name) ? Exchange(temporary, name) : throw NotOurs(name);
        }

        if (errno != 0)
        {
            throw errno is Libc.EEXIST or Libc.ENOTEMPTY or Libc.ENOTDIR ? Taken(name) : Failed("rename to", name, errno);
        }
    }

    private int Exchange(string temporary, string name)
    {
        int errno = Rename(temporary, name, RenameExchange);
        if (errno is not (Libc.EINVAL or Libc.ENOSYS))
        {
            return errno;
        }

        // A file system that cannot exchange: for a moment there is neither, and both are whole under names of ours.
        errno = Rename(name, AsideOf(temporary), 0);
        return errno != 0 ? errno : Rename(temporary, name, 0);
    }

    private static string AsideOf(string temporary) => temporary[..^TemporarySuffix.Length] + ".old";

    // .NET lists paths alone; this one leads to the open folder, whatever its name is by now.
    private string[] Names()
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries($"/proc/self/fd/{Number}").Select(path => Path.GetFileName(path))];
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, $"list folder {_path}");
        }
        catch (UnauthorizedAccessException)
        {
            throw DiskErrors.From(Libc.EACCES, $"list folder {_path}");
        }
    }
}
