using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Encode.Master.Tests.Api;

/// <summary>A connection whose owner decides what is sent and when; what comes back is collected until the server closes.</summary>
internal sealed class SlowClient : IDisposable
{
    private const int MaxAnswerBytes = 64 * 1024;

    private readonly Socket socket;
    private readonly StringBuilder answer = new();

    private SlowClient(Socket socket)
    {
        this.socket = socket;
        Closed = ReadAsync();
    }

    /// <summary>How long the server kept it, once it closed.</summary>
    public Task<TimeSpan> Closed { get; }

    /// <summary>What the server has said so far.</summary>
    public string Answer
    {
        get
        {
            lock (answer)
            {
                return answer.ToString();
            }
        }
    }

    /// <summary>Connects and sends the beginning of something.</summary>
    public static async Task<SlowClient> ConnectAsync(int port, string start = "", string from = "127.0.0.1")
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Cut before the connect was done: reading finds it closed.
        }

        SlowClient client = new(socket);
        await client.SendAsync(start);
        return client;
    }

    /// <summary>Sends more, unless the server has closed.</summary>
    /// <returns>Whether it could be sent.</returns>
    public async Task<bool> SendAsync(string text)
    {
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(text));
            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose() => socket.Dispose();

    private async Task<TimeSpan> ReadAsync()
    {
        long start = Stopwatch.GetTimestamp();
        byte[] buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and int count)
            {
                lock (answer)
                {
                    answer.Append(Encoding.ASCII.GetString(buffer, 0, Math.Min(count, MaxAnswerBytes - answer.Length)));
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Cut rather than closed: the same for a client that would not hurry.
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
