using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Encode.Bench.Processes;

/// <summary>
/// Every process that this program starts, as one process group that ends with it.
///
///     bench ── pipe ──► guard        waits for the pipe to close, then kills its group, itself included
///       ├── posix_spawn ──► ffmpeg        in the guard's group
///       └── posix_spawn ──► bench __encode
///
/// However bench ends, by SIGKILL too, the kernel closes its end of the pipe, and no encode runs on alone. Children are started by
/// posix_spawn(3) and waited for by wait4(2), which costs both sides of a comparison the same and tells what each run used; a terminal's
/// Ctrl-C reaches bench alone, which then calls <see cref="Kill"/>.
/// </summary>
internal sealed class ChildGroup : IDisposable
{
    private readonly SafeFileHandle _lifeline;
    private readonly Child _guard;
    private volatile bool _killed;

    private ChildGroup(SafeFileHandle lifeline, Child guard) => (_lifeline, _guard) = (lifeline, guard);

    /// <summary>Starts the guard.</summary>
    /// <param name="program">What to start instead of this program: a test's, that is not there.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static ChildGroup Start(IReadOnlyList<string>? program = null)
    {
        (SafeFileHandle read, SafeFileHandle write) = Pipe();
        using (read)
        {
            try
            {
                return new ChildGroup(write, Spawn([.. program ?? SelfProgram.Command, HiddenVerbs.Guard], new ChildStreams { InputPipe = read }, group: 0));
            }
            catch
            {
                write.Dispose();
                throw;
            }
        }
    }

    /// <summary>A pipe that no child inherits unless it is told to.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        int[] ends = new int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw new IOException($"make a pipe: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Starts a program, which is looked for on PATH when its name has no slash.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="streams">Where its streams lead.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public Child Spawn(IReadOnlyList<string> command, ChildStreams streams)
    {
        Child child = Spawn(command, streams, _guard.Id);
        if (_killed)
        {
            // The dead guard keeps its group until it is waited for.
            Kill();
        }

        return child;
    }

    /// <summary>Ends every process of the group at once; what is started in it afterwards ends at once too.</summary>
    public void Kill()
    {
        _killed = true;
        _ = Libc.kill(-_guard.Id, Libc.SIGKILL);
    }

    /// <summary>Ends what still runs.</summary>
    public void Dispose()
    {
        Kill();
        _lifeline.Dispose();
        _guard.Wait();
    }

    private static Child Spawn(IReadOnlyList<string> command, ChildStreams streams, int group)
    {
        byte[] actions = new byte[Libc.FileActionsBytes];
        byte[] attributes = new byte[Libc.AttributesBytes];
        nint[] arguments = Texts(command);
        nint[] environment = Texts([.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => $"{variable.Key}={variable.Value}")]);
        _ = Libc.posix_spawn_file_actions_init(actions);
        _ = Libc.posix_spawnattr_init(attributes);
        try
        {
            Lead(actions, 0, streams.InputPipe, streams.InputFile ?? "/dev/null", Libc.O_RDONLY);
            Lead(actions, 1, streams.OutputPipe, streams.OutputFile ?? "/dev/null", Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC);
            Lead(actions, 2, null, streams.ErrorFile ?? "/dev/null", Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC);
            _ = Libc.posix_spawnattr_setpgroup(attributes, group);
            _ = Libc.posix_spawnattr_setsigdefault(attributes, SetOf(Libc.SIGPIPE));
            _ = Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETPGROUP | Libc.POSIX_SPAWN_SETSIGDEF);
            long began = Stopwatch.GetTimestamp();
            int error = Libc.posix_spawnp(out int id, Libc.Text(command[0]), actions, attributes, arguments, environment);
            return error == 0 ? new Child(id, began) : throw new IOException($"start {command[0]}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
            Free(arguments);
            Free(environment);
        }
    }

    private static void Lead(byte[] actions, int descriptor, SafeFileHandle? pipe, string path, int flags)
    {
        const uint OwnerOnly = 0x180; // 0600
        _ = pipe is null
            ? Libc.posix_spawn_file_actions_addopen(actions, descriptor, Libc.Text(path), flags, OwnerOnly)
            : Libc.posix_spawn_file_actions_adddup2(actions, (int)pipe.DangerousGetHandle(), descriptor);
    }

    // .NET ignores SIGPIPE, and what is ignored stays so across exec.
    private static byte[] SetOf(int signal)
    {
        byte[] set = new byte[Libc.SignalSetBytes];
        set[(signal - 1) / 8] = (byte)(1 << ((signal - 1) % 8));
        return set;
    }

    private static nint[] Texts(IReadOnlyList<string> texts) => [.. texts.Select(Marshal.StringToCoTaskMemUTF8), 0];

    private static void Free(nint[] texts)
    {
        foreach (nint text in texts)
        {
            Marshal.FreeCoTaskMem(text);
        }
    }
}
