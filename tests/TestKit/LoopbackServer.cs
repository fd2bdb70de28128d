using System.Net;
using System.Net.Sockets;

namespace Encode.TestKit;

/// <summary>Servers on loopback ports that nobody else has: a port that is free may be taken before it is used, so binding is tried again.</summary>
public static class LoopbackServer
{
    private const int Tries = 20;

    /// <summary>An HTTP server that listens already.</summary>
    /// <param name="port">Its port.</param>
    public static HttpListener Listen(out int port)
    {
        for (int tries = 1; ; tries++)
        {
            port = FreePort();
            HttpListener server = new();
            server.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                server.Start();
                return server;
            }
            catch (HttpListenerException) when (tries < Tries)
            {
                server.Close();
            }
        }
    }

    /// <summary>A port that nothing listened on a moment ago.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
