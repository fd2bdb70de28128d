using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Encode.Messaging.Tls;

namespace Encode.Messaging.Tests.Tls;

/// <summary>A real TLS handshake on loopback.</summary>
internal static class Handshake
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>Lets a client judge a server's certificate.</summary>
    /// <returns>What the client says against it; null when it is content.</returns>
    public static async Task<string?> RunAsync(CertificateWithKey server, ServerTrust trust, string host, bool byCallback = false)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient client = new();
        Task<TcpClient> accepting = listener.AcceptTcpClientAsync();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using TcpClient accepted = await accepting;
        await using SslStream serverStream = new(accepted.GetStream());
        await using SslStream clientStream = new(client.GetStream());
        Task serving = serverStream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = server.Context });
        SslClientAuthenticationOptions options = new() { TargetHost = host, RemoteCertificateValidationCallback = byCallback ? trust.Callback : null };
        if (!byCallback)
        {
            trust.Apply(options);
        }

        try
        {
            await clientStream.AuthenticateAsClientAsync(options).WaitAsync(s_limit);
            await serving.WaitAsync(s_limit);
            return trust.LastProblem;
        }
        catch (AuthenticationException)
        {
            client.Close();
            await serving.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(s_limit);
            return trust.LastProblem ?? "refused without a reason";
        }
    }
}
