using System.Net;
using System.Net.Sockets;

namespace Encode.Master.Api.Access;

/// <summary>What counts as one peer where peers are counted: an IPv4 address, or an IPv6 network of 64 bits, since a host has a whole one to choose addresses from.</summary>
internal static class PeerNetwork
{
    private const int NetworkBytes = 8;

    /// <summary>The peer that an address belongs to.</summary>
    public static IPAddress Of(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
        {
            return address;
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}
