using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Native;

/// <summary>Opening files by folder descriptor, so that a path cannot be turned into another between a check and its use.</summary>
internal static class Descriptors
{
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveBeneath = 0x08;
    private const int AtEmptyPath = 0x1000;
    private const uint StatxTypeAndSize = 0x0001 | 0x0200;
    private const int StatxBytes = 256;
    private const int StatxModeOffset = 28;
    private const int StatxSizeOffset = 40;
    private const uint StatxVersion = 0x0040 | 0x0080 | 0x0100; // mtime, ctime, inode
    private const int StatxInodeOffset = 32;
    private const int StatxChangedOffset = 96;
    private const int StatxModifiedOffset = 112;
    private const int StatxNanosecondsOffset = 8;
    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>Opens a path relative to a folder (or absolute).</summary>
    /// <returns>Null when it cannot be opened; <paramref name="errno"/> says why.</returns>
    internal static SafeFileHandle? Open(SafeFileHandle? folder, string path, int flags, uint mode, out int errno)
    {
        int descriptor;
        do
        {
            descriptor = Libc.openat(Number(folder), Libc.Path(path), flags | Libc.O_CLOEXEC, mode);
            errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errno == Libc.EINTR);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Opens a path that must stay below a folder: no way out by <c>..</c>, by symbolic links or by <c>/proc</c>'s magic ones.</summary>
    /// <returns>Null when it cannot be opened; <paramref name="errno"/> is EXDEV when the path leads out.</returns>
    internal static SafeFileHandle? OpenBeneath(SafeFileHandle folder, string path, int flags, out int errno)
    {
        Libc.OpenHow how = new() { Flags = (ulong)(flags | Libc.O_CLOEXEC), Resolve = ResolveBeneath | ResolveNoMagicLinks };
        nint descriptor;
        do
        {
            descriptor = Libc.syscall((nint)Libc.SYS_openat2, Number(folder), Libc.Path(path), ref how, Marshal.SizeOf<Libc.OpenHow>());
            errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errno == Libc.EINTR);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Whether a descriptor is a regular file, and its length in bytes.</summary>
    internal static bool IsRegularFile(SafeFileHandle file, out long bytes)
    {
        byte[] stat = new byte[StatxBytes];
        if (Libc.statx(Number(file), [0], AtEmptyPath, StatxTypeAndSize, stat) != 0)
        {
            bytes = 0;
            return false;
        }

        bytes = BinaryPrimitives.ReadInt64LittleEndian(stat.AsSpan(StatxSizeOffset));
        return (BinaryPrimitives.ReadUInt16LittleEndian(stat.AsSpan(StatxModeOffset)) & FileTypeMask) == RegularFile;
    }

    /// <summary>
    /// What changes when a file is written again or another one takes its name: its inode and two times. The second one, of the inode, cannot be
    /// set back as that of the content can.
    /// </summary>
    /// <returns>Null when the kernel does not tell. Source: statx(2), linux/stat.h.</returns>
    internal static string? VersionOf(SafeFileHandle file)
    {
        byte[] stat = new byte[StatxBytes];
        if (Libc.statx(Number(file), [0], AtEmptyPath, StatxVersion, stat) != 0 || (BinaryPrimitives.ReadUInt32LittleEndian(stat) & StatxVersion) != StatxVersion)
        {
            return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture, $"inode {BinaryPrimitives.ReadUInt64LittleEndian(stat.AsSpan(StatxInodeOffset))}, modified {TimeAt(stat, StatxModifiedOffset)}, changed {TimeAt(stat, StatxChangedOffset)}");
    }

    private static string TimeAt(byte[] stat, int offset) => string.Create(
        CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadInt64LittleEndian(stat.AsSpan(offset))}.{BinaryPrimitives.ReadUInt32LittleEndian(stat.AsSpan(offset + StatxNanosecondsOffset)):D9}");

    /// <summary>The number behind a handle; the current folder when there is none.</summary>
    internal static int Number(SafeFileHandle? handle) => handle is null ? Libc.AT_FDCWD : (int)handle.DangerousGetHandle();
}
