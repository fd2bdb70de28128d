using System.Net.Sockets;
using System.Text;

namespace Encode.Messaging.Processes;

/// <summary>Cuts what a child writes into lines.</summary>
internal static class ChildLines
{
    private const int BufferBytes = 4096;

    /// <summary>Reads until the last writer is gone. Always reads, even when nobody wants the lines, so that a child never blocks on us.</summary>
    public static async Task ReadAsync(Socket socket, Action<string>? onLine, int maxChars)
    {
        using Socket owned = socket;
        byte[] bytes = new byte[BufferBytes];
        char[] chars = new char[Encoding.UTF8.GetMaxCharCount(BufferBytes)];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        StringBuilder line = new();
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(bytes).ConfigureAwait(false)) > 0)
            {
                int count = decoder.GetChars(bytes, 0, read, chars, 0);
                Cut(chars.AsSpan(0, count), line, onLine, maxChars);
            }
        }
        catch (SocketException)
        {
            // The other end is gone: the same as its end.
        }

        Emit(line, onLine);
    }

    private static void Cut(ReadOnlySpan<char> chars, StringBuilder line, Action<string>? onLine, int maxChars)
    {
        foreach (char c in chars)
        {
            if (c is '\n' || line.Length >= maxChars)
            {
                Emit(line, onLine);
            }

            if (c is not ('\n' or '\r'))
            {
                line.Append(c);
            }
        }
    }

    private static void Emit(StringBuilder line, Action<string>? onLine)
    {
        if (line.Length > 0)
        {
            onLine?.Invoke(line.ToString());
            line.Clear();
        }
    }
}
