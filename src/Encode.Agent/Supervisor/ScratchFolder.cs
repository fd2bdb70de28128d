using Encode.Agent.Native;
using Encode.Agent.Output;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <summary>
/// A folder for what the first of two passes keeps for the second. A cell gets it by descriptor and not by name. It goes with all that is
/// in it when the encode ends, whatever way; what a killed agent leaves is swept at its next start (<see cref="Sweep"/>).
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _path;

    private ScratchFolder(string path, SafeFileHandle handle)
    {
        _path = path;
        Handle = handle;
    }

    /// <summary>The open folder.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>Makes a folder for a job that needs one.</summary>
    /// <param name="settings">What is to be made.</param>
    /// <param name="parent">Where; it must exist.</param>
    /// <param name="name">Name of the folder; one that a dead attempt left is replaced.</param>
    /// <returns>Null when no rendition has two passes.</returns>
    /// <exception cref="AttemptException">It cannot be made.</exception>
    internal static ScratchFolder? CreateFor(EncodeSettings settings, string parent, string name)
    {
        if (settings.Video.All(video => video.Passes < 2))
        {
            return null;
        }

        string path = Path.Combine(parent, name);
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            Directory.CreateDirectory(path, Private);
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new AttemptException(ErrorClass.Platform, $"create a folder for two passes in {parent}: {cause.Message.TrimEnd('.')}; name a folder that this user may write", cause);
        }
        catch (IOException cause)
        {
            throw DiskErrors.From(cause, "create a folder for two passes");
        }

        SafeFileHandle? folder = Descriptors.Open(null, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW, 0, out int errno);
        return folder is null
            ? throw new AttemptException(ErrorClass.Platform, $"open folder {path}: {Libc.Describe(errno)}; look who else uses --work")
            : new ScratchFolder(path, folder);
    }

    /// <summary>Deletes what an earlier run has left in a folder of such folders.</summary>
    internal static void Sweep(string parent)
    {
        foreach (string left in Directory.EnumerateDirectories(parent))
        {
            Delete(left);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Handle.Dispose();
        Delete(_path);
    }

    private static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // A cell that was killed this moment may still have made a file: the next start finds it.
        }
    }
}
