using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Encode.Messaging;

namespace Encode.Master.Broker;

/// <summary>Looks at ports: whether one is free, which one our broker took, and whether it is our broker that answers there.</summary>
internal static class BrokerProbe
{
    /// <summary>Largest INFO line that is read, in bytes; ours has about 500.</summary>
    private const int MaxInfoBytes = 8192;

    /// <summary>Fails when something listens at a port already, so that two brokers never meet there unnoticed.</summary>
    /// <exception cref="MessagingException">The port is taken, or the address is not this host's.</exception>
    public static void RequireFree(IPAddress address, int port)
    {
        if (port == 0)
        {
            return;
        }

        // Every interface means both families, for the broker as well.
        bool both = address.Equals(IPAddress.Any) && Socket.OSSupportsIPv6;
        using Socket socket = new(both ? AddressFamily.InterNetworkV6 : address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (both)
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(both ? IPAddress.IPv6Any : address, port));
            socket.Listen();
        }
        catch (SocketException e)
        {
            throw new MessagingException(
                e.SocketErrorCode switch
                {
                    SocketError.AddressAlreadyInUse => $"start the broker: port {port} is taken; stop what uses it or give another --nats-port",
                    SocketError.AccessDenied => $"start the broker: port {port} needs privileges; give a --nats-port above 1023",
                    _ => $"start the broker at {address}:{port}: {e.Message}; --bind must name an address of this host",
                },
                e);
        }
    }

    /// <summary>The port that a broker reports; null while it has not.</summary>
    public static int? ReadPort(string folder, int processId)
    {
        string path = Path.Combine(folder, $"{BrokerProgram.Name}_{processId}.ports");
        try
        {
            // {"nats":["nats://127.0.0.1:35555"]}: the first number after a colon that follows an address.
            string text = File.ReadAllText(path);
            int url = text.IndexOf("//", StringComparison.Ordinal);
            int end = url < 0 ? -1 : text.IndexOf('"', url);
            int colon = end < 0 ? -1 : text.LastIndexOf(':', end);
            return colon > url && int.TryParse(text.AsSpan(colon + 1, end - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether the broker of that name answers at an endpoint.</summary>
    /// <param name="endpoint">Where to ask.</param>
    /// <param name="serverName">The name it must greet with.</param>
    /// <param name="tls">How to shake hands before it greets; null for a broker without TLS.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<bool> AnswersAsync(IPEndPoint endpoint, string serverName, SslClientAuthenticationOptions? tls, CancellationToken cancel)
    {
        try
        {
            using Socket socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endpoint, cancel);
            await using NetworkStream plain = new(socket);
            if (tls is null)
            {
                return Names(await ReadInfoAsync(plain, cancel), serverName);
            }

            await using SslStream encrypted = new(plain);
            await encrypted.AuthenticateAsClientAsync(tls, cancel);
            return Names(await ReadInfoAsync(encrypted, cancel), serverName);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            return false;
        }
    }

    private static bool Names(string info, string serverName) => info.Contains($"\"server_name\":\"{serverName}\"", StringComparison.Ordinal);

    /// <summary>The first line, or what came of it.</summary>
    private static async Task<string> ReadInfoAsync(Stream stream, CancellationToken cancel)
    {
        byte[] buffer = new byte[MaxInfoBytes];
        int have = 0;
        int read;
        do
        {
            read = await stream.ReadAsync(buffer.AsMemory(have), cancel);
            have += read;
        }
        while (read > 0 && !buffer.AsSpan(0, have).Contains((byte)'\n'));
        return Encoding.UTF8.GetString(buffer, 0, have);
    }
}
