using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Encode.Bench.Processes;

/// <summary>The calls of libc that .NET does not offer. Blittable arguments only: no pointer types, nothing to marshal.</summary>
[SuppressMessage("Style", "IDE1006", Justification = "The names are libc's.")]
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "LibraryImport generates unsafe code, which this project does not allow.")]
[SuppressMessage("Globalization", "CA2101", Justification = "No strings are passed; paths are UTF-8 byte arrays.")]
internal static class Libc
{
    internal const int EINTR = 4;
    internal const int SIGKILL = 9;
    internal const int SIGPIPE = 13;
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_CREAT = 0x40;
    internal const int O_TRUNC = 0x200;
    internal const int O_CLOEXEC = 0x80000;
    internal const short POSIX_SPAWN_SETPGROUP = 0x02;
    internal const short POSIX_SPAWN_SETSIGDEF = 0x04;

    /// <summary>Room for glibc's <c>posix_spawn_file_actions_t</c> (80 bytes), <c>posix_spawnattr_t</c> (336) and <c>sigset_t</c> (128) on 64-bit Linux.</summary>
    internal const int FileActionsBytes = 128;
    internal const int AttributesBytes = 512;
    internal const int SignalSetBytes = 128;

    [DllImport("libc")]
    internal static extern int posix_spawnp(out int process, byte[] file, byte[] actions, byte[] attributes, nint[] arguments, nint[] environment);

    [DllImport("libc")]
    internal static extern int posix_spawn_file_actions_init(byte[] actions);

    [DllImport("libc")]
    internal static extern int posix_spawn_file_actions_destroy(byte[] actions);

    [DllImport("libc")]
    internal static extern int posix_spawn_file_actions_addopen(byte[] actions, int descriptor, byte[] path, int flags, uint mode);

    [DllImport("libc")]
    internal static extern int posix_spawn_file_actions_adddup2(byte[] actions, int descriptor, int target);

    [DllImport("libc")]
    internal static extern int posix_spawnattr_init(byte[] attributes);

    [DllImport("libc")]
    internal static extern int posix_spawnattr_destroy(byte[] attributes);

    [DllImport("libc")]
    internal static extern int posix_spawnattr_setflags(byte[] attributes, short flags);

    [DllImport("libc")]
    internal static extern int posix_spawnattr_setpgroup(byte[] attributes, int group);

    [DllImport("libc")]
    internal static extern int posix_spawnattr_setsigdefault(byte[] attributes, byte[] signals);

    [DllImport("libc", SetLastError = true)]
    internal static extern int pipe2(int[] ends, int flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern int wait4(int process, out int status, int options, ref ResourceUsage usage);

    [DllImport("libc", SetLastError = true)]
    internal static extern int kill(int process, int signal);

    /// <summary>A text in the form that libc takes: UTF-8 with a closing zero.</summary>
    internal static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    /// <summary><c>struct rusage</c> on 64-bit Linux (getrusage(2)); only the first three members are looked at.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct ResourceUsage
    {
        internal long UserSeconds;
        internal long UserMicroseconds;
        internal long SystemSeconds;
        internal long SystemMicroseconds;
        internal long MaxResidentKibibytes;
    }
}
