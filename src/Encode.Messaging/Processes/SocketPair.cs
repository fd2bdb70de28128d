using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Encode.Messaging.Processes;

/// <summary>Two connected local stream sockets, both closed on exec: one end for this process, one to hand to a child.</summary>
public sealed class SocketPair : IDisposable
{
    private SocketPair(Socket ours, SafeSocketHandle theirs)
    {
        Ours = ours;
        Theirs = theirs;
    }

    /// <summary>This process's end.</summary>
    public Socket Ours { get; }

    /// <summary>The child's end: put it in <see cref="ChildStart.Descriptors"/>, and dispose it once the child runs.</summary>
    public SafeSocketHandle Theirs { get; }

    /// <summary>Makes a pair.</summary>
    /// <exception cref="MessagingException">The process has no descriptors left.</exception>
    public static SocketPair Create()
    {
        using CallMemory memory = new();
        nint pair = memory.Block(2 * sizeof(int));
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, pair) != 0)
        {
            throw new MessagingException($"create a pair of sockets: {Marshal.GetLastPInvokeErrorMessage()}; raise the limit on open files");
        }

        Socket ours = new(new SafeSocketHandle(Marshal.ReadInt32(pair), ownsHandle: true));
        return new SocketPair(ours, new SafeSocketHandle(Marshal.ReadInt32(pair, sizeof(int)), ownsHandle: true));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ours.Dispose();
        Theirs.Dispose();
    }
}
