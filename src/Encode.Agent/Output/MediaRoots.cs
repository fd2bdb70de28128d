using Encode.Agent.Native;
using Encode.Contracts.Jobs;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Output;

/// <summary>
/// The only folders that <c>file:</c> URLs may name. A URL is matched to a root by its text, and what is left of it is resolved by
/// the kernel in one call that cannot leave the root (<c>openat2</c> with RESOLVE_BENEATH): <c>..</c>, symbolic links that lead out and
/// links swapped in between all end in the same refusal.
/// </summary>
internal sealed class MediaRoots
{
    private readonly string[] _roots;

    /// <param name="roots">Absolute folders.</param>
    internal MediaRoots(IEnumerable<string> roots) =>
        _roots = [.. roots.Select(root => Path.GetFullPath(root).TrimEnd('/')).OrderByDescending(root => root.Length)];

    /// <summary>Opens an input for reading.</summary>
    /// <returns>The file and its length in bytes.</returns>
    /// <exception cref="AttemptException">The path is outside every root, missing, or no regular file.</exception>
    internal (SafeFileHandle File, long Bytes) OpenInput(string url)
    {
        string path = FileUrl.ToPath(url);
        using SafeFileHandle root = OpenRoot(url, path, out string below);
        SafeFileHandle? file = Descriptors.OpenBeneath(root, below, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_NOCTTY, out int errno);
        if (file is null)
        {
            throw Refused("open input", url, errno, ErrorClass.Input);
        }

        return RequireRegular(file, url);
    }

    /// <summary>Opens the folder that an output goes to.</summary>
    /// <returns>The folder and the output's name in it.</returns>
    /// <exception cref="AttemptException">The path is outside every root, or its folder is missing.</exception>
    internal (OutputFolder Folder, string Name) OpenOutput(string url)
    {
        string path = FileUrl.ToPath(url);
        using SafeFileHandle root = OpenRoot(url, path, out string below);
        string folderPath = Path.GetDirectoryName(below) is { Length: > 0 } parent ? parent : ".";
        SafeFileHandle? folder = Descriptors.OpenBeneath(root, folderPath, Libc.O_RDONLY | Libc.O_DIRECTORY, out int errno);
        return folder is null
            ? throw Refused("open output folder of", url, errno, ErrorClass.Settings)
            : (OutputFolder.Own(folder, Path.GetDirectoryName(path)!), Path.GetFileName(path));
    }

    /// <summary>Refuses what is no regular file: a FIFO would block its reader for ever, a device may do anything.</summary>
    internal static (SafeFileHandle File, long Bytes) RequireRegular(SafeFileHandle file, string name)
    {
        if (!Descriptors.IsRegularFile(file, out long bytes))
        {
            file.Dispose();
            throw new AttemptException(ErrorClass.Input, $"open input {name}: it is not a regular file; name a media file");
        }

        return (file, bytes);
    }

    private SafeFileHandle OpenRoot(string url, string path, out string below)
    {
        string? root = Array.Find(_roots, candidate => path.StartsWith(candidate + "/", StringComparison.Ordinal))
            ?? throw new AttemptException(ErrorClass.Settings, $"open {url}: it is outside every media root of this node; start the agent with --media-root for its folder");
        below = path[(root.Length + 1)..];
        return Descriptors.Open(null, root.Length == 0 ? "/" : root, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int errno)
            ?? throw new AttemptException(ErrorClass.Capability, $"open media root {root}: {Libc.Describe(errno)}; mount it or start the agent without it");
    }

    private static AttemptException Refused(string operation, string url, int errno, ErrorClass missing) => errno switch
    {
        Libc.EXDEV or Libc.ELOOP => new(ErrorClass.Settings, $"{operation} {url}: the path leads out of its media root; name the file itself"),
        Libc.ENOENT or Libc.ENOTDIR => new(missing, $"{operation} {url}: there is no such file or folder on this node; check the path"),
        Libc.ENOSYS => new(ErrorClass.Capability, $"{operation} {url}: this kernel lacks openat2; use Linux 5.6 or newer"),
        Libc.EACCES => new(missing, $"{operation} {url}: the agent's user may not read it; check its permissions"),
        _ => new(ErrorClass.Platform, $"{operation} {url}: {Libc.Describe(errno)}"),
    };
}
