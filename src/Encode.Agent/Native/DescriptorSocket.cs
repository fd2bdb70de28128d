using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Encode.Agent.Cells;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Native;

/// <summary>
/// One end of a unix stream socket that carries messages of bytes, each with up to <see cref="CellLimits.MaxDescriptors"/> open
/// files (SCM_RIGHTS). A message is a little-endian length of 4 bytes and as many bytes; its files ride on its first byte. Reads are
/// exact, so files never end up with a neighbouring message. Blocking: one thread reads, any thread may send.
/// </summary>
internal sealed class DescriptorSocket : IDisposable
{
    private const int AddressFamilyUnix = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;
    private const int MessageNoSignal = 0x4000;
    private const int MessageCloseOnExec = 0x40000000;
    private const int ControlTruncated = 0x8;
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int ControlHeaderBytes = 16;
    private const int LengthBytes = 4;
    private const int ShutdownBoth = 2;

    // Pinned for their whole life: the kernel is handed their addresses.
    private readonly byte[] _sendBuffer = GC.AllocateArray<byte>(LengthBytes + CellLimits.MaxMessageBytes, pinned: true);
    private readonly byte[] _sendControl = GC.AllocateArray<byte>(ControlHeaderBytes + (sizeof(int) * CellLimits.MaxDescriptors), pinned: true);
    private readonly nint[] _sendVector = GC.AllocateArray<nint>(2, pinned: true);
    private readonly byte[] _receiveBuffer = GC.AllocateArray<byte>(CellLimits.MaxMessageBytes, pinned: true);
    private readonly byte[] _receiveControl = GC.AllocateArray<byte>(ControlHeaderBytes + (sizeof(int) * CellLimits.MaxDescriptors), pinned: true);
    private readonly nint[] _receiveVector = GC.AllocateArray<nint>(2, pinned: true);
    private readonly Lock _sending = new();
    private readonly SafeFileHandle _socket;

    internal DescriptorSocket(SafeFileHandle socket) => _socket = socket;

    /// <summary>Makes a connected pair: this side's socket, and the descriptor for the other side (close-on-exec).</summary>
    internal static (DescriptorSocket Ours, SafeFileHandle Theirs) CreatePair()
    {
        int[] pair = new int[2];
        if (Libc.socketpair(AddressFamilyUnix, StreamCloseOnExec, 0, pair) != 0)
        {
            throw new IOException($"make a socket pair: {Libc.Describe(Marshal.GetLastPInvokeError())}");
        }

        return (new DescriptorSocket(new SafeFileHandle(pair[0], ownsHandle: true)), new SafeFileHandle(pair[1], ownsHandle: true));
    }

    /// <summary>Sends a message. The files stay open on this side.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    internal void Send(ReadOnlySpan<byte> message, params ReadOnlySpan<SafeFileHandle> files)
    {
        if (message.Length > CellLimits.MaxMessageBytes || files.Length > CellLimits.MaxDescriptors)
        {
            throw new IOException($"send to the other side of a cell: {message.Length} bytes and {files.Length} files are more than a message holds");
        }

        lock (_sending)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_sendBuffer, message.Length);
            message.CopyTo(_sendBuffer.AsSpan(LengthBytes));
            int held = 0;
            try
            {
                for (bool added = false; held < files.Length; held++, added = false)
                {
                    files[held].DangerousAddRef(ref added);
                }

                SendAll(LengthBytes + message.Length, WriteControl(files));
            }
            finally
            {
                while (held > 0)
                {
                    files[--held].DangerousRelease();
                }
            }
        }
    }

    /// <summary>Waits for a message.</summary>
    /// <returns>Null once the other side has closed. The bytes are valid until the next call; the files are the caller's.</returns>
    /// <exception cref="IOException">The other side broke the protocol.</exception>
    internal ReadOnlyMemory<byte>? Receive(List<SafeFileHandle> files)
    {
        try
        {
            using HeldDescriptor socket = new(_socket);
            return ReceiveMessage(socket.Number, files);
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Ends the conversation; a blocked <see cref="Receive"/> on either side returns.</summary>
    internal void Shutdown()
    {
        try
        {
            using HeldDescriptor socket = new(_socket);
            _ = Libc.shutdown(socket.Number, ShutdownBoth);
        }
        catch (ObjectDisposedException)
        {
            // Closed already.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int WriteControl(ReadOnlySpan<SafeFileHandle> files)
    {
        if (files.IsEmpty)
        {
            return 0;
        }

        int bytes = ControlHeaderBytes + (sizeof(int) * files.Length);
        BinaryPrimitives.WriteInt64LittleEndian(_sendControl, bytes);
        BinaryPrimitives.WriteInt32LittleEndian(_sendControl.AsSpan(8), SolSocket);
        BinaryPrimitives.WriteInt32LittleEndian(_sendControl.AsSpan(12), ScmRights);
        for (int index = 0; index < files.Length; index++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_sendControl.AsSpan(ControlHeaderBytes + (sizeof(int) * index)), Descriptors.Number(files[index]));
        }

        return bytes;
    }

    private void SendAll(int total, int control)
    {
        try
        {
            using HeldDescriptor socket = new(_socket);
            for (int sent = 0; sent < total; control = 0)
            {
                sent += SendOnce(socket.Number, sent, total - sent, control);
            }
        }
        catch (ObjectDisposedException cause)
        {
            throw new IOException("send to the other side of a cell: this side is closed", cause);
        }
    }

    private int SendOnce(int socket, int offset, int count, int control)
    {
        _sendVector[0] = Marshal.UnsafeAddrOfPinnedArrayElement(_sendBuffer, offset);
        _sendVector[1] = count;
        Libc.MessageHeader header = new()
        {
            Vectors = Marshal.UnsafeAddrOfPinnedArrayElement(_sendVector, 0),
            VectorCount = 1,
            Control = control == 0 ? 0 : Marshal.UnsafeAddrOfPinnedArrayElement(_sendControl, 0),
            ControlLength = control,
        };
        nint sent;
        while ((sent = Libc.sendmsg(socket, ref header, MessageNoSignal)) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Libc.EINTR)
            {
                throw new IOException($"send to the other side of a cell: {Libc.Describe(errno)}");
            }
        }

        return (int)sent;
    }

    private ReadOnlyMemory<byte>? ReceiveMessage(int socket, List<SafeFileHandle> files)
    {
        if (!ReceiveExactly(socket, LengthBytes, files))
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(_receiveBuffer);
        if (length is < 0 or > CellLimits.MaxMessageBytes)
        {
            throw new IOException($"read from the other side of a cell: a message of {length} bytes; at most {CellLimits.MaxMessageBytes} are taken");
        }

        return ReceiveExactly(socket, length, files) ? _receiveBuffer.AsMemory(0, length) : null;
    }

    private bool ReceiveExactly(int socket, int count, List<SafeFileHandle> files)
    {
        for (int received = 0; received < count;)
        {
            int read = ReceiveOnce(socket, received, count - received, files);
            if (read == 0)
            {
                return false;
            }

            received += read;
        }

        return true;
    }

    private int ReceiveOnce(int socket, int offset, int count, List<SafeFileHandle> files)
    {
        _receiveVector[0] = Marshal.UnsafeAddrOfPinnedArrayElement(_receiveBuffer, offset);
        _receiveVector[1] = count;
        Libc.MessageHeader header = new()
        {
            Vectors = Marshal.UnsafeAddrOfPinnedArrayElement(_receiveVector, 0),
            VectorCount = 1,
            Control = Marshal.UnsafeAddrOfPinnedArrayElement(_receiveControl, 0),
            ControlLength = _receiveControl.Length,
        };
        nint read;
        while ((read = Libc.recvmsg(socket, ref header, MessageCloseOnExec)) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Libc.EINTR)
            {
                // A reset is how a killed peer with unread bytes looks; to the reader it is the same as a close.
                return 0;
            }
        }

        TakeFiles((int)header.ControlLength, files);
        return ((int)header.Flags & ControlTruncated) != 0
            ? throw new IOException("read from the other side of a cell: more open files than a message may carry")
            : (int)read;
    }

    private void TakeFiles(int controlBytes, List<SafeFileHandle> files)
    {
        if (controlBytes < ControlHeaderBytes)
        {
            return;
        }

        int end = (int)BinaryPrimitives.ReadInt64LittleEndian(_receiveControl);
        for (int at = ControlHeaderBytes; at + sizeof(int) <= Math.Min(end, controlBytes); at += sizeof(int))
        {
            files.Add(new SafeFileHandle(BinaryPrimitives.ReadInt32LittleEndian(_receiveControl.AsSpan(at)), ownsHandle: true));
        }
    }
}
