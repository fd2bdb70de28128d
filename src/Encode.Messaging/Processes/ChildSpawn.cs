using System.Runtime.InteropServices;

namespace Encode.Messaging.Processes;

/// <summary>One <c>posix_spawn</c> of the hop: own session, clean signals, and exactly the descriptors it is to have.</summary>
internal static class ChildSpawn
{
    /// <summary>Copies of what a child inherits are made at or above this number, so that no copy is in the way of a target (0 to 2 + extras).</summary>
    private const int FirstCopy = 256;

    // Sizes of glibc's opaque types on 64-bit Linux are 80, 336 and 128 bytes; room to spare costs nothing.
    private const int FileActionsBytes = 256;
    private const int AttributesBytes = 1024;
    private const int SignalSetBytes = 256;

    /// <summary>Starts the hop with the given standard streams. Runs on the thread whose end would end the child.</summary>
    /// <returns>The process id.</returns>
    public static int Run(IReadOnlyList<string> command, ChildStart start, SafeHandle output)
    {
        using CallMemory memory = new();
        List<int> copies = [];
        nint actions = memory.Block(FileActionsBytes);
        nint attributes = memory.Block(AttributesBytes);
        Check(LibC.posix_spawn_file_actions_init(actions));
        Check(LibC.posix_spawnattr_init(attributes));
        try
        {
            AddDescriptors(actions, memory, start, output, copies);
            SetAttributes(attributes, memory);
            nint pid = memory.Block(sizeof(int));
            nint environment = memory.Texts([.. start.Environment.Select(e => $"{e.Key}={e.Value}")]);
            Check(LibC.posix_spawn(pid, memory.Text(command[0]), actions, attributes, memory.Texts(command), environment));
            return Marshal.ReadInt32(pid);
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(actions);
            _ = LibC.posix_spawnattr_destroy(attributes);
            copies.ForEach(copy => _ = LibC.close_range((uint)copy, (uint)copy, 0));
        }
    }

    private static void AddDescriptors(nint actions, CallMemory memory, ChildStart start, SafeHandle output, List<int> copies)
    {
        Check(LibC.posix_spawn_file_actions_addopen(actions, 0, memory.Text("/dev/null"), LibC.O_RDONLY, 0));
        Give(output, 1);
        Give(output, 2);
        for (int i = 0; i < start.Descriptors.Count; i++)
        {
            Give(start.Descriptors[i], 3 + i);
        }

        void Give(SafeHandle source, int target)
        {
            bool held = false;
            try
            {
                source.DangerousAddRef(ref held);
                int copy = LibC.fcntl((int)source.DangerousGetHandle(), LibC.F_DUPFD_CLOEXEC, FirstCopy);
                Check(copy < 0 ? Marshal.GetLastPInvokeError() : 0);
                copies.Add(copy);
                Check(LibC.posix_spawn_file_actions_adddup2(actions, copy, target));
            }
            finally
            {
                if (held)
                {
                    source.DangerousRelease();
                }
            }
        }
    }

    private static void SetAttributes(nint attributes, CallMemory memory)
    {
        nint none = memory.Block(SignalSetBytes);
        nint all = memory.Block(SignalSetBytes);
        Check(LibC.sigemptyset(none));
        Check(LibC.sigfillset(all));
        Check(LibC.posix_spawnattr_setsigmask(attributes, none));
        Check(LibC.posix_spawnattr_setsigdefault(attributes, all));
        Check(LibC.posix_spawnattr_setflags(
            attributes, LibC.POSIX_SPAWN_SETSID | LibC.POSIX_SPAWN_SETSIGMASK | LibC.POSIX_SPAWN_SETSIGDEF));
    }

    /// <summary>These functions return the error instead of setting errno.</summary>
    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new MessagingException($"start a child process: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }
}
