using System.Text.Json;
using Encode.Agent.Native;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Cells;

/// <summary>Messages of <see cref="CellMessage"/> over a <see cref="DescriptorSocket"/>.</summary>
internal sealed class CellChannel(DescriptorSocket socket) : IDisposable
{
    /// <summary>Makes a connected pair: our channel, and the descriptor that the cell is started with.</summary>
    internal static (CellChannel Ours, SafeFileHandle Theirs) CreatePair()
    {
        (DescriptorSocket ours, SafeFileHandle theirs) = DescriptorSocket.CreatePair();
        return (new CellChannel(ours), theirs);
    }

    /// <summary>Sends a message with open files, which stay open here.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    internal void Send(CellMessage message, params ReadOnlySpan<SafeFileHandle> files) =>
        socket.Send(JsonSerializer.SerializeToUtf8Bytes(message, CellJson.Default.CellMessage), files);

    /// <summary>Sends a message unless the other side is gone; then its reader will notice.</summary>
    internal void TrySend(CellMessage message)
    {
        try
        {
            Send(message);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // The end of the conversation is told by Receive.
        }
    }

    /// <summary>Waits for a message; null once the other side has closed.</summary>
    /// <exception cref="IOException">The other side broke the protocol.</exception>
    internal CellMessage? Receive(List<SafeFileHandle> files)
    {
        try
        {
            return socket.Receive(files) is { } bytes ? JsonSerializer.Deserialize(bytes.Span, CellJson.Default.CellMessage) : null;
        }
        catch (JsonException cause)
        {
            throw new IOException("read from the other side of a cell: no valid message", cause);
        }
    }

    /// <summary>Ends the conversation on both sides.</summary>
    internal void Shutdown() => socket.Shutdown();

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
