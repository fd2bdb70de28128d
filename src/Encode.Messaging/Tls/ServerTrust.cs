using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Encode.Messaging.Tls;

/// <summary>
/// How a client of ours judges a server's certificate: against a private CA, against one certificate, or against the system's
/// roots. Nothing is ever fetched to do so: no revocation lists, no missing intermediates (.NET's defaults would ask the network,
/// and an air-gapped host would wait). The name must match too: a SAN, or the CN when there are no SANs (.NET does that itself).
/// </summary>
public sealed class ServerTrust
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2Collection? _roots;
    private readonly Func<IReadOnlyList<byte[]>>? _pinned;
    private readonly string _origin;
    private volatile string? _lastProblem;

    private ServerTrust(X509Certificate2Collection? roots, Func<IReadOnlyList<byte[]>>? pinned, string origin)
    {
        _roots = roots;
        _pinned = pinned;
        _origin = origin;
    }

    /// <summary>Why the newest certificate was refused, one sentence; null when it was not.</summary>
    public string? LastProblem => _lastProblem;

    /// <summary>The callback for APIs that take only that.</summary>
    public RemoteCertificateValidationCallback Callback => Validate;

    /// <summary>Trusts what chains to the given certificates and to nothing else. A self-signed server certificate may be its own root.</summary>
    /// <param name="roots">At least one.</param>
    /// <param name="origin">Where they came from, for errors, such as <c>--ca ca.pem</c>.</param>
    public static ServerTrust In(X509Certificate2Collection roots, string origin) => new(roots, null, origin);

    /// <summary>Reads the roots from a file.</summary>
    /// <exception cref="MessagingException">The file cannot be read, or holds no certificate.</exception>
    public static ServerTrust InFile(string path) => In(PemFile.Certificates(path), $"'{path}'");

    /// <summary>Reads the roots from a text that the master sent.</summary>
    /// <exception cref="MessagingException">It holds no certificate.</exception>
    public static ServerTrust InPem(string pem, string origin) => In(PemFile.ParseCertificates(pem, origin), origin);

    /// <summary>Trusts exactly one certificate, under any name: for a server that this process itself configured.</summary>
    public static ServerTrust InExactly(X509Certificate2 certificate)
    {
        IReadOnlyList<byte[]> only = [certificate.RawData];
        return InExactly(() => only);
    }

    /// <summary>The same for a server whose certificate is replaced while it runs.</summary>
    /// <param name="certificates">Gives the certificates (DER) that are good now; asked at each handshake.</param>
    public static ServerTrust InExactly(Func<IReadOnlyList<byte[]>> certificates) => new(null, certificates, "this master's own certificate");

    /// <summary>Trusts the system's roots.</summary>
    public static ServerTrust InSystem() => new(null, null, "this host's root certificates");

    /// <summary>Sets everything that judging needs on a client's options.</summary>
    public void Apply(SslClientAuthenticationOptions options)
    {
        options.CertificateChainPolicy = Policy();
        options.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;
        options.RemoteCertificateValidationCallback = Validate;
    }

    private X509ChainPolicy Policy() => Policy(_roots);

    private static X509ChainPolicy Policy(X509Certificate2Collection? roots)
    {
        X509ChainPolicy policy = new()
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,

            // A node's own certificate may come from the same CA; where it says that it is for clients it is no server's.
            ApplicationPolicy = { new Oid(ServerAuthentication) },
        };
        if (roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        return policy;
    }

    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _lastProblem = Judge(certificate as X509Certificate2, chain, errors);
        return _lastProblem is null;
    }

    private string? Judge(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return "the server showed no certificate";
        }

        if (_pinned is not null)
        {
            return _pinned().Any(pinned => certificate.RawData.AsSpan().SequenceEqual(pinned)) ? null : $"the server's certificate is not {_origin}";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"the server's certificate ({certificate.Subject}) is for another name; connect by a name it carries or make one with this name";
        }

        return ChainHolds(certificate, chain, errors)
            ? null
            : $"the server's certificate ({certificate.Subject}) does not chain to {_origin}: {Reasons(certificate, chain)}";
    }

    /// <summary>Builds the chain again by our policy when the caller could not be given it (plain callbacks).</summary>
    private bool ChainHolds(X509Certificate2 certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && (_roots is null || presented?.ChainPolicy.TrustMode == X509ChainTrustMode.CustomRootTrust))
        {
            return true;
        }

        return Builds(certificate, presented, _roots) || (_roots is { Count: > 1 } roots && TrustAnchors.ChainsToNamesake(certificate, presented, roots, Policy));
    }

    private static bool Builds(X509Certificate2 certificate, X509Chain? presented, X509Certificate2Collection? roots)
    {
        using X509Chain chain = new() { ChainPolicy = Policy(roots) };
        foreach (X509ChainElement element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        }

        return chain.Build(certificate);
    }

    private static string Reasons(X509Certificate2 certificate, X509Chain? chain)
    {
        if (DateTime.Now > certificate.NotAfter)
        {
            return $"it expired at {certificate.NotAfter.ToUniversalTime():u}";
        }

        string[] reasons = [.. (chain?.ChainStatus ?? []).Select(s => s.StatusInformation.Trim()).Where(s => s.Length > 0).Distinct()];
        return reasons.Length > 0 ? string.Join("; ", reasons) : "unknown issuer";
    }
}
