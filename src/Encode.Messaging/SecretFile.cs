using System.Runtime.InteropServices;
using System.Text;
using Encode.Messaging.Processes;

namespace Encode.Messaging;

/// <summary>
/// Small secrets on disk. A secret is born with mode 0600 under a temporary name, synced, and only then gets its real name, so
/// that no reader ever sees half of one, and two programs that start at once agree on the first. Folders are made 0700.
/// </summary>
public static class SecretFile
{
    /// <summary>Largest secret that is read, in bytes: an NKey seed has 58, a PEM key with RSA 8192 about 6,400.</summary>
    public const int MaxBytes = 64 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode Others = (UnixFileMode)0b111_111;

    /// <summary>Makes a folder that only its owner can enter; an existing one is left as it is.</summary>
    /// <exception cref="MessagingException">It cannot be made.</exception>
    public static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException($"create the private folder '{folder}': {Reason(e)}; choose a place that this user can write", e);
        }
    }

    /// <summary>Reads the secret at a path, or makes it first when there is none.</summary>
    /// <param name="path">Where it lives. Its folder is made when absent.</param>
    /// <param name="create">Makes a new secret; called at most once.</param>
    /// <returns>The secret without white space around it.</returns>
    /// <exception cref="MessagingException">It cannot be read or written.</exception>
    public static string ReadOrCreate(string path, Func<string> create)
    {
        CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (!File.Exists(path))
        {
            WriteNew(path, create());
        }

        return Read(path);
    }

    /// <summary>Reads a secret and takes away what others may do with its file.</summary>
    /// <exception cref="MessagingException">It is absent, unreadable, empty or larger than <see cref="MaxBytes"/>.</exception>
    public static string Read(string path) => Read(path, tighten: true);

    /// <summary>Reads a secret that somebody else keeps, and leaves what others may do with its file.</summary>
    /// <exception cref="MessagingException">It is absent, unreadable, empty or larger than <see cref="MaxBytes"/>.</exception>
    public static string ReadAsItIs(string path) => Read(path, tighten: false);

    private static string Read(string path, bool tighten)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.Length is 0 or > MaxBytes)
            {
                throw new MessagingException($"read '{path}': a secret has 1 to {MaxBytes} bytes, this file has {file.Length}");
            }

            UnixFileMode mode = File.GetUnixFileMode(file.SafeFileHandle);
            if (tighten && (mode & Others) != 0)
            {
                File.SetUnixFileMode(file.SafeFileHandle, mode & ~Others);
            }

            using StreamReader reader = new(file, Encoding.UTF8);
            return reader.ReadToEnd().Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException($"read '{path}': {Reason(e)}", e);
        }
    }

    /// <summary>Writes a secret under a name that must be free; when another program was faster, its secret stays.</summary>
    /// <returns>Whether this call's content now stands under the name.</returns>
    /// <exception cref="MessagingException">The file cannot be written.</exception>
    public static bool WriteNew(string path, string content) => Write(path, content, replace: false);

    /// <summary>Writes a secret in one step over whatever stands under the name.</summary>
    /// <exception cref="MessagingException">The file cannot be written.</exception>
    public static void Replace(string path, string content) => Write(path, content, replace: true);

    private static bool Write(string path, string content, bool replace)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (FileStream file = new(temporary, options))
            {
                file.Write(Encoding.UTF8.GetBytes(content));
                file.Flush(flushToDisk: true);
            }

            Place(temporary, path, replace);
            return true;
        }
        catch (IOException) when (!replace && File.Exists(path))
        {
            Remove(temporary);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
            throw new MessagingException($"write '{path}': {Reason(e)}", e);
        }
    }

    // File.Move looks whether the name is free and renames then, so that of two programs at once the second would win. A link fails instead.
    private static void Place(string temporary, string path, bool replace)
    {
        if (!replace && LibC.link(PathBytes(temporary), PathBytes(path)) == 0)
        {
            Remove(temporary);
            return;
        }

        if (!replace && Marshal.GetLastPInvokeError() == LibC.EEXIST)
        {
            throw new IOException($"'{path}' exists");
        }

        // To replace; or a file system without links.
        File.Move(temporary, path, replace);
    }

    private static byte[] PathBytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    // What is told is why the secret could not be written, not that its remains could not be removed.
    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, or not ours any more.
        }
    }

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied",
        _ => e.Message,
    };
}
