using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Net.Http.Headers;

namespace Encode.Master.Api.Access;

/// <summary>
/// What a master without keys serves (DESIGN 6.9). A private network is no protection from the browsers inside it: any web page
/// can make its reader's browser call a private address. So besides the peer's address these are checked:
///
///     Host      an address or our own name: a foreign name that resolves to us is DNS rebinding
///     Origin    absent or our own: a foreign one is another site's script
///     type      bodies must say JSON: the types that a browser sends across sites without asking first do not
///     forwards  refused: behind a proxy every peer looks near
/// </summary>
/// <param name="ownNames">Names by which this master is rightly called; a leading <c>*.</c> stands for one label.</param>
public sealed class NearRules(IReadOnlyList<string> ownNames)
{
    private static readonly string[] ForwardHeaders =
        ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Forwarded-Port", "X-Real-IP"];

    private static readonly IPNetwork[] NearNetworks =
    [
        IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
    ];

    private const string Remedy = "start the master with --api-key-file to serve it";

    /// <summary>The names of this host and of its certificate.</summary>
    /// <param name="certificateNames">Names in the master's certificate; empty without TLS.</param>
    public static NearRules ForThisHost(IEnumerable<string> certificateNames)
    {
        string host = Dns.GetHostName();
        string domain = IPGlobalProperties.GetIPGlobalProperties().DomainName;
        string[] names = domain.Length > 0 && domain != "(none)" ? ["localhost", host, $"{host}.{domain}"] : ["localhost", host];
        return new NearRules([.. names, .. certificateNames]);
    }

    /// <summary>Whether an address is loopback, private or link-local; IPv4 inside IPv6 is taken out first.</summary>
    public static bool IsNear(IPAddress? address) => Plain(address) is { } plain && NearNetworks.Any(network => network.Contains(plain));

    /// <summary>An address without the IPv6 form that dual-stack sockets give to IPv4.</summary>
    public static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    /// <summary>Throws when a request is not one to serve without a key.</summary>
    /// <exception cref="ApiException">403, or 415 for a body of the wrong type.</exception>
    public void Check(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!IsNear(context.Connection.RemoteIpAddress))
        {
            throw Refused($"this master has no API keys and serves only loopback and private addresses, not {Plain(context.Connection.RemoteIpAddress)}; {Remedy}");
        }

        if (ForwardHeaders.FirstOrDefault(request.Headers.ContainsKey) is { } header)
        {
            throw Refused($"this master has no API keys and takes no forwarded requests ({header}); {Remedy}");
        }

        if (!IsOwn(request.Host.Host))
        {
            throw Refused($"this master has no API keys and answers only to its addresses and own names, not to the Host of this request; {Remedy}");
        }

        if (request.Headers.Origin.Count > 0 && !IsOwnOrigin(request))
        {
            throw Refused($"this master has no API keys and serves no other site's pages (Origin); {Remedy}");
        }
    }

    /// <summary>Throws when a JSON body does not say that it is one.</summary>
    /// <exception cref="ApiException">415.</exception>
    public static void CheckJson(HttpRequest request)
    {
        string? type = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? value) ? value.MediaType.Value : null;
        if (!string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "the body must say that it is JSON: send Content-Type: application/json (curl --json does)");
        }
    }

    /// <summary>The own names, for the log.</summary>
    public override string ToString() => string.Join(", ", ownNames.Distinct(StringComparer.OrdinalIgnoreCase));

    private bool IsOwn(string host)
    {
        string name = host.Trim('[', ']').TrimEnd('.');
        return IPAddress.TryParse(name, out _) || ownNames.Any(own => Matches(own, name));
    }

    private static bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin.Count == 1
        && string.Equals(request.Headers.Origin[0], $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    private static bool Matches(string own, string name)
    {
        if (!own.StartsWith("*.", StringComparison.Ordinal))
        {
            return string.Equals(own, name, StringComparison.OrdinalIgnoreCase);
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && name.AsSpan(dot).Equals(own.AsSpan(1), StringComparison.OrdinalIgnoreCase);
    }

    private static ApiException Refused(string why) => new(StatusCodes.Status403Forbidden, why);
}
