using System.Runtime.InteropServices;

namespace Encode.Messaging.Processes;

/// <summary>The system calls that children need and .NET does not offer. All blittable; most strings and arrays are passed as addresses.</summary>
internal static class LibC
{
    public const int EINTR = 4;
    public const int EEXIST = 17;
    public const int O_RDONLY = 0;
    public const int SIGTERM = 15;
    public const int SIGKILL = 9;
    public const int SIGPIPE = 13;
    public const int PR_SET_PDEATHSIG = 1;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int AF_UNIX = 1;
    public const int SOCK_STREAM = 1;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int P_PID = 1;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x1000000;
    public const uint CLOSE_RANGE_CLOEXEC = 4;
    public const short POSIX_SPAWN_SETSIGDEF = 0x04;
    public const short POSIX_SPAWN_SETSIGMASK = 0x08;
    public const short POSIX_SPAWN_SETSID = 0x80;
    public const int RLIMIT_CORE = 4;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_AS = 9;

    private const string Name = "libc";

    [DllImport(Name)]
    public static extern int posix_spawn(nint pid, nint path, nint actions, nint attributes, nint arguments, nint environment);

    [DllImport(Name)]
    public static extern int posix_spawn_file_actions_init(nint actions);

    [DllImport(Name)]
    public static extern int posix_spawn_file_actions_destroy(nint actions);

    [DllImport(Name)]
    public static extern int posix_spawn_file_actions_adddup2(nint actions, int from, int to);

    [DllImport(Name)]
    public static extern int posix_spawn_file_actions_addopen(nint actions, int descriptor, nint path, int flags, uint mode);

    [DllImport(Name)]
    public static extern int posix_spawnattr_init(nint attributes);

    [DllImport(Name)]
    public static extern int posix_spawnattr_destroy(nint attributes);

    [DllImport(Name)]
    public static extern int posix_spawnattr_setflags(nint attributes, short flags);

    [DllImport(Name)]
    public static extern int posix_spawnattr_setsigdefault(nint attributes, nint signals);

    [DllImport(Name)]
    public static extern int posix_spawnattr_setsigmask(nint attributes, nint signals);

    [DllImport(Name)]
    public static extern int sigemptyset(nint signals);

    [DllImport(Name)]
    public static extern int sigfillset(nint signals);

    [DllImport(Name, SetLastError = true)]
    public static extern int waitid(int kind, uint id, nint info, int options);

    [DllImport(Name, SetLastError = true)]
    public static extern int waitpid(int pid, nint status, int options);

    [DllImport(Name, SetLastError = true)]
    public static extern int kill(int pid, int signal);

    [DllImport(Name, SetLastError = true)]
    public static extern int prctl(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    [DllImport(Name, SetLastError = true)]
    public static extern int link(byte[] existing, byte[] name);

    [DllImport(Name)]
    public static extern int getpid();

    [DllImport(Name)]
    public static extern int getppid();

    [DllImport(Name)]
    public static extern nint signal(int number, nint handler);

    [DllImport(Name, SetLastError = true)]
    public static extern int setrlimit(int resource, nint limit);

    [DllImport(Name, SetLastError = true)]
    public static extern int close_range(uint first, uint last, uint flags);

    [DllImport(Name, SetLastError = true)]
    public static extern int fcntl(int descriptor, int command, nint argument);

    [DllImport(Name, SetLastError = true)]
    public static extern int socketpair(int domain, int type, int protocol, nint pair);

    [DllImport(Name, SetLastError = true)]
    public static extern int chdir(nint path);

    [DllImport(Name, SetLastError = true)]
    public static extern int execv(nint path, nint arguments);
}
