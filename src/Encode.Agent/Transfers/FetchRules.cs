using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Transfers;

// A job may name any URL, so the agent is a tool for whoever writes jobs to reach what only the agent can reach: cloud metadata,
// printers, databases. The rules: https only; no proxy; no automatic redirects; and every connection, whatever name or redirect
// led to it, is made here to an address that was just looked at. Checking the address that is then connected to, instead of
// resolving twice, is what defeats DNS answers that change in between.

/// <summary>Which foreign servers may be fetched from.</summary>
internal sealed class FetchRules
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // Address blocks that are not the public internet (IANA special-purpose registries). 64:ff9b::/96, 64:ff9b:1::/48 (NAT64) and
    // 2002::/16, 2001::/32 (6to4, Teredo) carry IPv4 addresses inside, which could be any of the others.
    private static readonly IPNetwork[] NotPublic =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.0.0.0/24"), IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("198.18.0.0/15"), IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),
        IPNetwork.Parse("::/96"), IPNetwork.Parse("64:ff9b::/96"), IPNetwork.Parse("64:ff9b:1::/48"), IPNetwork.Parse("100::/64"), IPNetwork.Parse("2001::/23"),
        IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
        IPNetwork.Parse("fec0::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IPNetwork> _networks = [];

    /// <param name="exceptions">Host names, addresses or networks that are allowed although they are not public.</param>
    internal FetchRules(IEnumerable<string> exceptions)
    {
        foreach (string text in exceptions)
        {
            if (TryReadNetwork(text, out IPNetwork network))
            {
                _networks.Add(network);
            }
            else
            {
                _hosts.Add(text);
            }
        }
    }

    /// <summary>Whether <c>--allow-url</c> takes a text: an address, a network or a host name.</summary>
    internal static bool IsException(string text) => TryReadNetwork(text, out _) || Uri.CheckHostName(text) == UriHostNameType.Dns;

    /// <summary>Refuses whatever is not https.</summary>
    internal void CheckUrl(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttps || url.UserInfo.Length != 0)
        {
            throw new AttemptException(ErrorClass.Settings, $"fetch {HttpRangeSource.NameOf(url)}: only https URLs without a user name are fetched; name one");
        }

        if (IPAddress.TryParse(url.DnsSafeHost, out IPAddress? address))
        {
            CheckAddress(url.DnsSafeHost, address);
        }
    }

    /// <summary>Whether an address may be connected to for a host.</summary>
    internal bool Allows(string host, IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _hosts.Contains(host) || _networks.Exists(network => network.Contains(plain)) || !Array.Exists(NotPublic, network => network.Contains(plain));
    }

    /// <summary>A client that obeys the rules.</summary>
    internal HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = ConnectTimeout,
        ConnectCallback = ConnectAsync,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = null },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        string host = context.DnsEndPoint.Host;
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, cancel).ConfigureAwait(false);
        foreach (IPAddress address in addresses)
        {
            CheckAddress(host, address);
        }

        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void CheckAddress(string host, IPAddress address)
    {
        if (!Allows(host, address))
        {
            throw new AttemptException(ErrorClass.Settings, $"fetch from {host}: {address} is not a public address; start the agent with --allow-url {host} to permit it");
        }
    }

    private static bool TryReadNetwork(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out IPAddress? address))
        {
            network = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }
}
