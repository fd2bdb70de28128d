using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Encode.Messaging.Processes;

/// <summary>
/// The hidden verb <c>__child</c>: the hop between our process and the program that a child becomes. See <see cref="ChildProcess"/>
/// for the picture. Both programs call <see cref="TryRun"/> before anything else.
/// </summary>
public static class ChildLauncher
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "__child";

    /// <summary>Exit code when the program cannot be executed; what shells use.</summary>
    public const int CannotExecute = 127;

    private const int FirstExtraDescriptor = 3;

    /// <summary>What the host tells a program under JIT: where the runtime lies. Absent in a native binary.</summary>
    private const string RuntimeFiles = "FX_DEPS_FILE";

    /// <summary>
    /// How to start our own binary: the executable, or under JIT the runtime and the library. Tests set it to the program they
    /// test, see <see cref="CommandFor"/>.
    /// </summary>
    public static IReadOnlyList<string> SelfCommand { get; set; } = FindSelf();

    /// <summary>How to start a library of ours under JIT: by the runtime that runs this process, which needs no environment to be found.</summary>
    public static IReadOnlyList<string> CommandFor(string library)
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/Microsoft.NETCore.App.deps.json
        string? files = AppContext.GetData(RuntimeFiles) as string;
        string muxer = files is null ? "dotnet" : Path.GetFullPath(Path.Combine(files, "../../../../dotnet"));
        return [muxer, library];
    }

    /// <summary>Runs the hop when the arguments ask for it. On success it does not return: the process has become the target.</summary>
    /// <param name="args">The program's arguments.</param>
    /// <param name="exitCode">What to exit with, when this returns true.</param>
    /// <returns>Whether the arguments were the hop's.</returns>
    public static bool TryRun(string[] args, out int exitCode)
    {
        exitCode = CannotExecute;
        if (args is not [Verb, var parent, var signal, var descriptors, var addressSpace, var openFiles, var core, var folder, "--", _, ..])
        {
            return args is [Verb, ..];
        }

        _ = LibC.prctl(LibC.PR_SET_PDEATHSIG, Number(signal), 0, 0, 0);
        if (LibC.getppid() != Number(parent))
        {
            // The parent went before the signal was armed: nobody would ever end us.
            return true;
        }

        Limit(LibC.RLIMIT_NOFILE, openFiles);
        Limit(LibC.RLIMIT_CORE, core);
        Become(args[9..], folder, FirstExtraDescriptor + Number(descriptors), addressSpace);
        return true;
    }

    /// <summary>The arguments that make our own binary become a child.</summary>
    internal static IReadOnlyList<string> Hop(ChildStart start) =>
    [
        .. SelfCommand,
        Verb,
        Text(LibC.getpid()),
        Text(start.EndGentlyWithParent ? LibC.SIGTERM : LibC.SIGKILL),
        Text(start.Descriptors.Count),
        Text(start.Limits.AddressSpaceBytes),
        Text(start.Limits.OpenFiles),
        Text(start.Limits.CoreBytes),
        start.WorkingFolder ?? "",
        "--",
        .. start.Command,
        .. start.Arguments,
    ];

    private static void Become(string[] command, string folder, int firstClosed, string addressSpace)
    {
        using CallMemory memory = new();
        nint path = memory.Text(command[0]);
        nint arguments = memory.Texts(command);
        if (folder.Length > 0 && LibC.chdir(memory.Text(folder)) != 0)
        {
            Complain($"enter '{folder}'");
            return;
        }

        // Not closed but marked: the runtime of this hop still needs its own descriptors until the exec.
        _ = LibC.close_range((uint)firstClosed, uint.MaxValue, LibC.CLOSE_RANGE_CLOEXEC);

        // The runtime ignores SIGPIPE, and what is ignored stays ignored across exec.
        _ = LibC.signal(LibC.SIGPIPE, 0);

        // Last: this hop's own runtime has reserved more than any limit worth setting, and could allocate no more.
        Limit(LibC.RLIMIT_AS, addressSpace);
        _ = LibC.execv(path, arguments);
        Complain($"execute '{command[0]}'");
    }

    private static void Limit(int resource, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        using CallMemory memory = new();
        nint limit = memory.Block(2 * sizeof(long));
        long number = long.Parse(value, CultureInfo.InvariantCulture);
        Marshal.WriteInt64(limit, number);
        Marshal.WriteInt64(limit, sizeof(long), number);
        if (LibC.setrlimit(resource, limit) != 0)
        {
            Complain($"set limit {resource} to {value}");
        }
    }

    private static void Complain(string operation)
    {
        // Taken first: opening the console makes calls of its own.
        string reason = Marshal.GetLastPInvokeErrorMessage();
        Console.Error.WriteLine($"{operation}: {reason}");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static IReadOnlyList<string> FindSelf() =>
        AppContext.GetData(RuntimeFiles) is null
            ? [Environment.ProcessPath ?? "/proc/self/exe"]
            : CommandFor(Path.Combine(AppContext.BaseDirectory, Assembly.GetEntryAssembly()?.GetName().Name + ".dll"));
}
