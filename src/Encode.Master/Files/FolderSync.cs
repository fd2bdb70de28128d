using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Encode.Master.Files;

/// <summary>Makes renames in a folder durable. .NET opens no folders, so this asks libc.</summary>
internal static class FolderSync
{
    // Linux, x86-64 and arm64 alike but for O_DIRECTORY, which is left out: fsync of anything else is harmless.
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>Returns once every name in the folder is on disk.</summary>
    /// <exception cref="IOException">The folder cannot be opened or synchronised.</exception>
    public static void Flush(string folder)
    {
        int descriptor = Open(Encoding.UTF8.GetBytes(folder + '\0'), ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Failure(folder);
        }

        int result = Fsync(descriptor);
        IOException? failure = result < 0 ? Failure(folder) : null;
        _ = Close(descriptor);
        if (failure is not null)
        {
            throw failure;
        }
    }

    private static IOException Failure(string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"synchronise folder '{folder}': {new Win32Exception(error).Message}", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
