using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Encode.Master.Store;

/// <summary>
/// One master a database: an exclusive flock on <c>&lt;real path&gt;.lock</c>, held until the process ends, however it ends. The
/// database file itself is never locked or opened here: closing any descriptor of it would drop SQLite's own locks.
/// </summary>
internal sealed class DatabaseLock : IDisposable
{
    private const int ExclusiveNonBlocking = 2 | 4;
    private const int Unlock = 8;
    private const int ReadWriteCreateCloseOnExec = 2 | 0x40 | 0x80000;
    private const uint OwnerReadWrite = 0x180;
    private const int LongestPid = 16;

    private readonly SafeFileHandle file;

    private DatabaseLock(SafeFileHandle file) => this.file = file;

    /// <summary>Takes the lock of a database.</summary>
    /// <param name="databasePath">The database's real path.</param>
    /// <exception cref="StoreException">Another master has it, or the lock file cannot be made.</exception>
    public static DatabaseLock Take(string databasePath)
    {
        string path = databasePath + ".lock";
        SafeFileHandle file = OpenFile(path, databasePath);
        if (Flock(file, ExclusiveNonBlocking) != 0)
        {
            string owner = ReadOwner(file);
            file.Dispose();
            throw new StoreException(StoreFault.CannotOpen, $"open database '{databasePath}': another master{owner} uses it; stop that one or name another --db");
        }

        WriteOwner(file, databasePath);
        return new DatabaseLock(file);
    }

    /// <summary>Lets another master have it. The lock file stays: removing it would race with a master that just opened it.</summary>
    public void Dispose()
    {
        if (file.IsClosed)
        {
            return;
        }

        // By name, not by the close alone: a child that is just being started has the descriptor too until it executes.
        _ = Flock(file, Unlock);
        file.Dispose();
    }

    // Opened by libc: .NET takes a shared flock with every file it opens, so it could not even read the owner's pid.
    private static SafeFileHandle OpenFile(string path, string databasePath)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + "\0");
        SafeFileHandle file = new(OpenNative(ref name[0], ReadWriteCreateCloseOnExec, OwnerReadWrite), ownsHandle: true);
        return file.IsInvalid
            ? throw new StoreException(
                StoreFault.CannotOpen,
                $"open database '{databasePath}': its lock file cannot be opened ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}); check --db and who may write there")
            : file;
    }

    private static void WriteOwner(SafeFileHandle file, string databasePath)
    {
        try
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
        }
        catch (IOException error)
        {
            file.Dispose();
            throw new StoreException(StoreFault.CannotOpen, $"open database '{databasePath}': its lock file cannot be written ({error.Message}); free some space", error);
        }
    }

    private static string ReadOwner(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[LongestPid];
        int length = RandomAccess.Read(file, text, 0);
        return int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? $" (pid {pid})" : "";
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenNative(ref byte path, int flags, uint mode);

    [DllImport("libc", EntryPoint = "flock")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flock(SafeFileHandle file, int operation);
}
