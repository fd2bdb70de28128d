using System.IO.Pipelines;
using System.Net;
using Encode.Master.Api.Access;
using Microsoft.AspNetCore.Connections;

namespace Encode.Master.Api.Tls;

/// <summary>
/// Stands before the handshake and looks at the first byte, which is 22 in every version of TLS (RFC 8446, 5.1). Somebody who wrote
/// http:// for https:// gets a sentence instead of a closed connection, unless clients must show a certificate: then nobody without one
/// gets a byte.
/// </summary>
internal sealed class PlainHttpGuard(HandshakeLog log, bool answers)
{
    private const byte Handshake = 22;

    private static readonly byte[] Answer = Compose();

    public ConnectionDelegate Wrap(ConnectionDelegate next) => connection => InvokeAsync(connection, next);

    private async Task InvokeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await FirstByteAsync(connection) is not { } first)
        {
            return; // Nothing came, as from a load balancer that only looks whether the port is open.
        }

        if (first == Handshake)
        {
            await next(connection);
            return;
        }

        bool letter = char.IsAsciiLetter((char)first);
        log.Refuse(
            NearRules.Plain((connection.RemoteEndPoint as IPEndPoint)?.Address),
            letter ? "it spoke plain HTTP and this port speaks TLS; write https:// in its URL" : "what it sent is no TLS");
        if (letter && answers)
        {
            await connection.Transport.Output.WriteAsync(Answer);
        }
    }

    /// <summary>The first byte, left where it is; null when the peer closed, or said nothing in the time of a handshake.</summary>
    private static async Task<byte?> FirstByteAsync(ConnectionContext connection)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(HttpLimits.HandshakeTime);
        try
        {
            ReadResult read = await connection.Transport.Input.ReadAsync(limit.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    private static byte[] Compose()
    {
        byte[] body = """{"type":"about:blank","title":"Bad Request","status":400,"detail":"this port speaks TLS and the request came as plain HTTP; write https:// instead of http://"}"""u8.ToArray();
        byte[] head = System.Text.Encoding.ASCII.GetBytes(
            $"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        return [.. head, .. body];
    }
}
