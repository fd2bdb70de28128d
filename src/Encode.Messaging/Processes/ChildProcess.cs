using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Encode.Messaging.Processes;

/// <summary>
/// A child that cannot outlive us: the broker under the master, a cell under the agent.
///
///     our process                         the hop: our own binary              the target
///     ┌───────────────────┐ posix_spawn  ┌───────────────────────────┐ execv  ┌──────────────┐
///     │ thread that never │ ───────────► │ __child: PDEATHSIG, is the│ ─────► │ nats-server, │
///     │ ends              │  new session │ parent still there? rlimit│        │ or our binary│
///     └───────────────────┘  clean fds   │ close-on-exec, SIGPIPE    │        │ as a cell    │
///           ▲   waitid(pid)              └───────────────────────────┘        └──────────────┘
///           └── a thread a child ◄───────────────────────────────────────────── exit, signal
///
/// Why the hop: between fork and exec only async-signal-safe code may run, which a managed runtime cannot promise, and
/// posix_spawn has no way to set the death signal. The hop costs 8 ms in an AOT binary. <c>Process.Start</c> will not do: its
/// children share our terminal's Ctrl-C and stay behind when we are killed.
///
/// Promised: the child has its own session, so Ctrl-C does not reach it; it gets SIGKILL (or SIGTERM) from the kernel when we end
/// in any way; it has standard input from /dev/null, its output as lines, and of all other descriptors and variables only those
/// that <see cref="ChildStart"/> names. It is reaped by its own id, so <c>System.Diagnostics.Process</c> is not disturbed.
/// Not promised: anything about the children that a child makes.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    private const int WaiterStackBytes = 128 * 1024;
    private const int SiginfoBytes = 256;

    /// <summary>How long after a child's end its last lines may still come.</summary>
    private static readonly TimeSpan s_lastLines = TimeSpan.FromMilliseconds(200);

    private readonly TaskCompletionSource<ChildExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _reaping = new();
    private readonly Task _lines;
    private bool _reaped;

    private ChildProcess(int id, Socket output, ChildStart start)
    {
        Id = id;
        _lines = ChildLines.ReadAsync(output, start.OnLine, start.MaxLineChars);
        new Thread(Reap, WaiterStackBytes) { IsBackground = true, Name = $"wait for child {id}" }.Start();
    }

    /// <summary>The process id. Only a name: it may belong to another process once <see cref="Exited"/> is complete.</summary>
    public int Id { get; }

    /// <summary>Completes when the child has ended and been reaped.</summary>
    public Task<ChildExit> Exited => _exit.Task;

    /// <summary>Starts a child.</summary>
    /// <exception cref="MessagingException">Our own binary cannot be started, or there is no room for a process or a descriptor.
    /// A target that cannot be executed is seen later, as a line of output and exit code <see cref="ChildLauncher.CannotExecute"/>.</exception>
    public static ChildProcess Start(ChildStart start)
    {
        SocketPair output = SocketPair.Create();
        try
        {
            IReadOnlyList<string> command = ChildLauncher.Hop(start);
            int id = SpawnThread.Run(() => ChildSpawn.Run(command, start, output.Theirs));
            output.Theirs.Dispose();
            return new ChildProcess(id, output.Ours, start);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>Ends the child at once (SIGKILL). No effect on one that has ended.</summary>
    public void Kill() => Signal(LibC.SIGKILL);

    /// <summary>Asks the child to end (SIGTERM). No effect on one that has ended.</summary>
    public void Terminate() => Signal(LibC.SIGTERM);

    /// <summary>Sends a signal; false when the child has ended.</summary>
    public bool Signal(int number)
    {
        // Once reaped, the number may belong to a stranger.
        lock (_reaping)
        {
            return !_reaped && LibC.kill(Id, number) == 0;
        }
    }

    /// <summary>Waits for the end and for the last line of output that is already on its way.</summary>
    /// <returns>How it ended.</returns>
    public async Task<ChildExit> WaitForExitAsync(CancellationToken cancel = default)
    {
        ChildExit exit = await Exited.WaitAsync(cancel).ConfigureAwait(false);

        // A grandchild may hold the stream open for ever: its lines are not waited for.
        await Task.WhenAny(_lines, Task.Delay(s_lastLines, cancel)).ConfigureAwait(false);
        return exit;
    }

    /// <summary>Asks the child to end, and ends it when it has not done so in time.</summary>
    public async Task<ChildExit> StopAsync(TimeSpan patience)
    {
        Terminate();
        if (await Task.WhenAny(Exited, Task.Delay(patience)).ConfigureAwait(false) != Exited)
        {
            Kill();
        }

        return await WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Kills the child if it still runs. It is reaped in the background.</summary>
    public void Dispose() => Kill();

    private void Reap()
    {
        using CallMemory memory = new();
        nint info = memory.Block(SiginfoBytes);
        nint status = memory.Block(sizeof(int));

        // First wait without reaping, so that the id stays ours while a signal is on its way; then reap under the lock.
        while (LibC.waitid(LibC.P_PID, (uint)Id, info, LibC.WEXITED | LibC.WNOWAIT) != 0 && Marshal.GetLastPInvokeError() == LibC.EINTR)
        {
        }

        lock (_reaping)
        {
            int reaped;
            while ((reaped = LibC.waitpid(Id, status, 0)) < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR)
            {
            }

            _reaped = true;
            _exit.SetResult(reaped == Id ? ChildExit.FromStatus(Marshal.ReadInt32(status)) : new ChildExit(null, null));
        }
    }
}
