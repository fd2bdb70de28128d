using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Encode.TestKit;

/// <summary>A file system of its own in memory, of a given size, so that a full disk is a full disk.</summary>
public sealed class SmallDisk : IDisposable
{
    private SmallDisk()
    {
    }

    /// <summary>Absolute path of its root.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("encode-disk-").FullName;

    /// <summary>Mounts one; skips the running test, saying why, where that is not allowed.</summary>
    /// <param name="bytes">Its size, rounded up to whole pages.</param>
    public static SmallDisk Make(long bytes)
    {
        var disk = new SmallDisk();
        if (!Run("mount", "-t", "tmpfs", "-o", FormattableString.Invariant($"size={bytes}"), "tmpfs", disk.Path))
        {
            Directory.Delete(disk.Path);
            Assert.Skip("a small disk cannot be mounted here: that takes root");
        }

        return disk;
    }

    /// <summary>Mounts one of so many MiB; skips like <see cref="Make"/>.</summary>
    public static SmallDisk MakeMegabytes(int megabytes) => Make((long)megabytes << 20);

    /// <summary>From now on nothing can be written to it.</summary>
    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    /// <summary>Absolute path of a file on it.</summary>
    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path, recursive: true);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
