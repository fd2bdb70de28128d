using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Encode.Master.Api;

/// <summary>
/// How long and how slowly a peer may keep a connection busy. There is no wall: an upload may take days, as long as it moves.
///
///     the handshake       <see cref="HttpLimits.HandshakeTime"/>    whole
///     a request's head    <see cref="HeaderTime"/>                  whole, whatever drips in meanwhile
///     a request's body    <see cref="RequestBytesPerSecond"/>       on average, after <see cref="Grace"/>; time in which nobody here reads does not count
///     an answer           <see cref="ResponseBytesPerSecond"/>      the same
///     between requests    <see cref="IdleTime"/>
///     a peer that is gone <see cref="ProbeAfter"/>                  asked by TCP and by HTTP/2, whatever it was doing
///
/// And how many of them one address may have, so that the rest is left for others (<see cref="ConnectionCap"/>).
/// </summary>
public sealed record ConnectionLimits
{
    /// <summary>Connections at once: a farm's agents, monitors and a few hundred uploads.</summary>
    public int Connections { get; init; } = 4096;

    /// <summary>Connections of one address: a whole farm behind one translated address, and still a quarter of all.</summary>
    public int ConnectionsPerAddress { get; init; } = 1024;

    /// <summary>How long a peer may take to send a request's headers.</summary>
    public TimeSpan HeaderTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an idle connection is kept.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Bytes a second of a request's body: any line that can carry media at all is quicker, and a drip is a thousand times slower.</summary>
    public double RequestBytesPerSecond { get; init; } = 1024;

    /// <summary>Bytes a second that a reader takes at least. Lower, because an agent whose job is paused reads no further.</summary>
    public double ResponseBytesPerSecond { get; init; } = 240;

    /// <summary>How long a body may stand still at first: what a mobile line takes to find its feet again.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a silent connection is left alone before its peer is asked whether it is still there.</summary>
    public TimeSpan ProbeAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Questions without an answer after which the peer is gone, one each <see cref="ProbeInterval"/>.</summary>
    public const int Probes = 3;

    /// <summary>Time between two of them.</summary>
    public static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(10);

    /// <summary>Requests at once on one HTTP/2 connection: an agent has a few transfers a slot.</summary>
    public const int StreamsPerConnection = 100;

    /// <summary>Headers of a request; curl sends under ten.</summary>
    public const int Headers = 64;

    /// <summary>Bytes of a request line: a file's name of 8 segments of 200 characters, and a query.</summary>
    public const int RequestLineBytes = 8 * 1024;

    /// <summary>Sets them.</summary>
    public void Apply(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = Connections;
        limits.MaxRequestBodySize = HttpLimits.DrainBytes;
        limits.MaxRequestHeadersTotalSize = HttpLimits.HeaderBytes;
        limits.MaxRequestHeaderCount = Headers;
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.RequestHeadersTimeout = HeaderTime;
        limits.KeepAliveTimeout = IdleTime;
        limits.MinRequestBodyDataRate = new MinDataRate(RequestBytesPerSecond, Grace);
        limits.MinResponseDataRate = new MinDataRate(ResponseBytesPerSecond, Grace);
        limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        limits.Http2.KeepAlivePingDelay = ProbeAfter;
        limits.Http2.KeepAlivePingTimeout = ProbeInterval * Probes;
    }

    /// <summary>Lets the kernel ask whether a connection's peer is still there: a host that lost its power closes nothing.</summary>
    public void Probe(IConnectionSocketFeature? connection)
    {
        if (connection?.Socket is { } socket)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)ProbeAfter.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)ProbeInterval.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        }
    }
}
