using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Encode.Messaging.Tls;

/// <summary>Makes self-signed certificates: for <c>master --generate-cert</c>, and for the master's own connection to a broker that asks for one.</summary>
public static class SelfSigned
{
    /// <summary>How long one is valid: the longest that Apple's clients accept of a private root.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(825);

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>How far in the past it starts, for clocks that are late.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromHours(1);

    /// <summary>Makes a pair, for a server or an agent, with an ECDSA P-256 key and writes both as PEM, the key 0600.</summary>
    /// <param name="certificatePath">A file that does not exist yet; its folder is made.</param>
    /// <param name="keyPath">A file that does not exist yet; its folder is made 0700.</param>
    /// <param name="hosts">Names and addresses, each becomes a SAN; at least one. The first is the common name.</param>
    /// <param name="clock">When it is made.</param>
    /// <exception cref="MessagingException">A file exists already or cannot be written, or a host is no name and no address.</exception>
    public static void Write(string certificatePath, string keyPath, IReadOnlyList<string> hosts, TimeProvider? clock = null)
    {
        foreach (string path in (string[])[certificatePath, keyPath])
        {
            if (File.Exists(path))
            {
                throw new MessagingException($"write '{path}': the file exists; remove it first if it is to be replaced");
            }
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = Create(key, hosts, [ServerAuthentication, ClientAuthentication], (clock ?? TimeProvider.System).GetUtcNow());
        SecretFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(keyPath))!);
        SecretFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(certificatePath))!);
        if (!SecretFile.WriteNew(keyPath, key.ExportPkcs8PrivateKeyPem() + "\n")
            || !SecretFile.WriteNew(certificatePath, certificate.ExportCertificatePem() + "\n"))
        {
            throw new MessagingException($"write '{certificatePath}' and '{keyPath}': another program wrote one of them at the same time; look at both");
        }

        File.SetUnixFileMode(certificatePath, (UnixFileMode)0b110_100_100);
    }

    /// <summary>Makes a client's certificate that lives in this process only.</summary>
    public static CertificateWithKey CreateClient(string name, TimeProvider? clock = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return CertificateWithKey.Of(Create(key, [name], [ClientAuthentication], (clock ?? TimeProvider.System).GetUtcNow()));
    }

    /// <summary>This host's names and addresses, for certificates that nobody gave hosts for.</summary>
    public static IReadOnlyList<string> LocalHosts()
    {
        List<string> hosts = ["localhost", "127.0.0.1", "::1"];
        hosts.Insert(0, Dns.GetHostName());
        foreach (System.Net.NetworkInformation.NetworkInterface card in System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces())
        {
            hosts.AddRange(card.GetIPProperties().UnicastAddresses.Where(a => !a.Address.IsIPv6LinkLocal).Select(a => a.Address.ToString()));
        }

        return [.. hosts.Distinct()];
    }

    private static X509Certificate2 Create(ECDsa key, IReadOnlyList<string> hosts, string[] purposes, DateTimeOffset now)
    {
        CertificateRequest request = new(new X500DistinguishedName($"CN={CommonName(hosts[0])}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(purpose => new Oid(purpose))], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(Names(hosts));
        return request.CreateSelfSigned(now - s_grace, now + Lifetime);
    }

    private static X509Extension Names(IReadOnlyList<string> hosts)
    {
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else if (Uri.CheckHostName(host) == UriHostNameType.Dns || host.StartsWith("*.", StringComparison.Ordinal))
            {
                names.AddDnsName(host);
            }
            else
            {
                throw new MessagingException($"make a certificate for '{host}': it is neither a host name nor an address");
            }
        }

        return names.Build();
    }

    /// <summary>A common name has at most 64 characters, and a comma or a quote would mean something in its text form.</summary>
    private static string CommonName(string host) => host.Length <= 64 && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '*') ? host : "encode";
}
