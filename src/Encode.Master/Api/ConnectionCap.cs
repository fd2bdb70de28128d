using System.Net;
using Encode.Master.Api.Access;
using Encode.Master.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Encode.Master.Api;

/// <summary>
/// Stands first in each connection, before TLS, and closes it where its address holds too many already: one address must not take the
/// connections that all share. Peers are counted as <see cref="PeerNetwork"/> says.
/// </summary>
/// <param name="limits">How many.</param>
/// <param name="tell">Told of an address when it is refused for the first time since it was within its number.</param>
internal sealed class ConnectionCap(ConnectionLimits limits, Action<IPAddress, string> tell)
{
    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, Held> addresses = [];
    private int open;
    private long refused;

    /// <summary>Wraps a connection's way.</summary>
    public ConnectionDelegate Wrap(ConnectionDelegate next) => async connection =>
    {
        IPAddress peer = PeerNetwork.Of(NearRules.Plain((connection.RemoteEndPoint as IPEndPoint)?.Address) ?? IPAddress.None);
        if (!Enter(peer))
        {
            connection.Abort();
            return;
        }

        try
        {
            limits.Probe(connection.Features.Get<IConnectionSocketFeature>());
            await next(connection);
        }
        finally
        {
            Leave(peer);
        }
    };

    /// <summary>Writes the metrics of connections.</summary>
    public void Write(ExpositionWriter writer)
    {
        int now;
        long turnedAway;
        lock (gate)
        {
            (now, turnedAway) = (open, refused);
        }

        writer.Single("encode_http_connections", MetricType.Gauge, "Open connections to the HTTP server.", now);
        writer.Single("encode_http_connections_refused_total", MetricType.Counter, "Connections closed at once because their address held too many.", turnedAway);
    }

    private bool Enter(IPAddress peer)
    {
        bool first;
        lock (gate)
        {
            Held held = addresses.GetValueOrDefault(peer);
            if (held.Count < limits.ConnectionsPerAddress)
            {
                addresses[peer] = held with { Count = held.Count + 1 };
                open++;
                return true;
            }

            refused++;
            first = !held.Told;
            addresses[peer] = held with { Told = true };
        }

        if (first)
        {
            tell(peer, $"it holds {limits.ConnectionsPerAddress} connections already; further ones are closed until it has fewer");
        }

        return false;
    }

    private void Leave(IPAddress peer)
    {
        lock (gate)
        {
            open--;
            Held held = addresses[peer];
            if (held.Count == 1)
            {
                addresses.Remove(peer);
            }
            else
            {
                // Told again only once it was well below: at the brink each connection that comes and goes would be a line.
                addresses[peer] = new Held(held.Count - 1, held.Told && held.Count > limits.ConnectionsPerAddress / 2);
            }
        }
    }

    private readonly record struct Held(int Count, bool Told);
}
