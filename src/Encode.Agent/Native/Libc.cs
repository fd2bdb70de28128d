using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Encode.Agent.Native;

/// <summary>The calls of libc that .NET does not offer. Blittable arguments only: no pointer types, nothing to marshal.</summary>
[SuppressMessage("Style", "IDE1006", Justification = "The names are libc's.")]
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "LibraryImport generates unsafe code, which this project does not allow.")]
[SuppressMessage("Globalization", "CA2101", Justification = "No strings are passed; paths are UTF-8 byte arrays.")]
internal static class Libc
{
    internal const int EINTR = 4;
    internal const int EEXIST = 17;
    internal const int EXDEV = 18;
    internal const int ENOENT = 2;
    internal const int EACCES = 13;
    internal const int EPERM = 1;
    internal const int ENOTDIR = 20;
    internal const int ENOTEMPTY = 39;
    internal const int EISDIR = 21;
    internal const int EINVAL = 22;
    internal const int ENOSPC = 28;
    internal const int EROFS = 30;
    internal const int ENOSYS = 38;
    internal const int ELOOP = 40;
    internal const int EDQUOT = 122;

    internal const int O_RDONLY = 0;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_DIRECTORY = 0x10000;
    internal const int O_NOFOLLOW = 0x20000;
    internal const int O_CLOEXEC = 0x80000;
    internal const int AT_FDCWD = -100;

    /// <summary>Number of the system call openat2 on every architecture that has the unified table.</summary>
    internal const long SYS_openat2 = 437;

    [DllImport("libc", SetLastError = true)]
    internal static extern int openat(int folder, byte[] path, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    internal static extern nint syscall(nint number, nint folder, byte[] path, ref OpenHow how, nint size);

    [DllImport("libc", SetLastError = true)]
    internal static extern int statx(int folder, byte[] path, int flags, uint mask, byte[] result);

    [DllImport("libc", SetLastError = true)]
    internal static extern int fsync(int descriptor);

    [DllImport("libc", SetLastError = true)]
    internal static extern int unlinkat(int folder, byte[] path, int flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern int mkdirat(int folder, byte[] path, uint mode);

    [DllImport("libc", SetLastError = true)]
    internal static extern int linkat(int oldFolder, byte[] oldPath, int newFolder, byte[] newPath, int flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern int renameat2(int oldFolder, byte[] oldPath, int newFolder, byte[] newPath, uint flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern int memfd_create(byte[] name, uint flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern int socketpair(int domain, int type, int protocol, int[] pair);

    [DllImport("libc", SetLastError = true)]
    internal static extern nint sendmsg(int socket, ref MessageHeader message, int flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern nint recvmsg(int socket, ref MessageHeader message, int flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern int shutdown(int socket, int how);

    [DllImport("libc", SetLastError = true)]
    internal static extern int prctl(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    [DllImport("libc", SetLastError = true)]
    internal static extern int setrlimit(int resource, ref ResourceLimit limit);

    [DllImport("libc", SetLastError = true)]
    internal static extern int sched_getaffinity(int process, nint size, byte[] mask);

    [DllImport("libc", SetLastError = true)]
    internal static extern int sched_setaffinity(int thread, nint size, byte[] mask);

    [DllImport("libc", SetLastError = true)]
    internal static extern int clock_gettime(int clock, ref TimeSpec time);

    [DllImport("libc", SetLastError = true)]
    internal static extern int flock(int descriptor, int operation);

    [DllImport("libc")]
    internal static extern void _exit(int status);

    /// <summary>A path in the form that libc takes: UTF-8 with a closing zero.</summary>
    internal static byte[] Path(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    /// <summary>What errno says, in words.</summary>
    internal static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary><c>struct open_how</c> of openat2(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }

    /// <summary><c>struct msghdr</c> on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        internal nint Name;
        internal nint NameLength;
        internal nint Vectors;
        internal nint VectorCount;
        internal nint Control;
        internal nint ControlLength;
        internal nint Flags;
    }

    /// <summary><c>struct rlimit</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ResourceLimit
    {
        internal ulong Soft;
        internal ulong Hard;
    }

    /// <summary><c>struct timespec</c> on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
