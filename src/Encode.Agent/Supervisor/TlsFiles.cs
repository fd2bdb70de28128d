using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Encode.Agent.Options;
using Encode.Messaging.Tls;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

/// <summary>
/// The agent's certificate and the CA that it trusts, as the files hold them now. They are looked at each second and at SIGHUP; new ones
/// are used for connections from then on, and running work notices nothing. Files that were written again with the same certificates in
/// them change nothing.
/// </summary>
internal sealed class TlsFiles : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly AgentOptions _options;
    private readonly ILogger _log;
    private readonly ReloadedFiles<CertificateWithKey>? _pair;
    private readonly ReloadedFiles<X509Certificate2Collection>? _authorities;
    private readonly Lock _changing = new();
    private readonly List<ITimer> _timers = [];
    private volatile ServerTrust _trust;
    private volatile ServerTrust _brokerTrust;
    private int _looking;

    /// <exception cref="Messaging.MessagingException">A file is no good.</exception>
    internal TlsFiles(AgentOptions options, ILogger log)
    {
        _options = options;
        _log = log;
        _pair = options.Cert.Length == 0 ? null : Follow(
            new ReloadedFiles<CertificateWithKey>([options.Cert, options.Key], () => CertificateWithKey.Load(options.Cert, options.Key)),
            pair => pair.Intermediates.Prepend(pair.Certificate),
            options.Cert);
        _authorities = options.Ca.Length == 0 ? null : Follow(
            new ReloadedFiles<X509Certificate2Collection>([options.Ca], () => PemFile.Certificates(options.Ca)), roots => roots, options.Ca);
        (_trust, _brokerTrust) = (Judge(), Judge());
    }

    /// <summary>Raised after the certificate or the CA was replaced by another.</summary>
    internal event Action? Changed;

    /// <summary>What to show a master and a broker that ask for a certificate; null for none.</summary>
    internal CertificateWithKey? Certificate => _pair?.Current;

    /// <summary>How the master's certificate is judged.</summary>
    internal ServerTrust Trust => _trust;

    /// <summary>How a broker's is, unless the master names a CA for it. The same CA, apart: each knows why it refused its own peer last.</summary>
    internal ServerTrust BrokerTrust => _brokerTrust;

    /// <summary>Says what an operator should know of the files, and begins to look after them.</summary>
    internal void Watch()
    {
        foreach ((string path, bool groupMayRead) in new[] { (_options.Key, true), (_options.ApiKeyFile, false) })
        {
            if (path.Length > 0 && PemFile.ModeWarning(path, groupMayRead) is { } warning)
            {
                _log.FileWarning(warning);
            }
        }

        WarnOfExpiry();
        _timers.Add(TimeProvider.System.CreateTimer(_ => Look(), null, LookInterval, LookInterval));
        _timers.Add(TimeProvider.System.CreateTimer(_ => WarnOfExpiry(), null, CertificateExpiry.Interval, CertificateExpiry.Interval));
    }

    /// <summary>Reads them again, changed or not.</summary>
    internal void Reload()
    {
        _pair?.Reload();
        _authorities?.Reload();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (ITimer timer in _timers)
        {
            await timer.DisposeAsync().ConfigureAwait(false); // What it runs now ends first: it reads the certificate.
        }

        _pair?.Current.Dispose();
    }

    private ReloadedFiles<T> Follow<T>(ReloadedFiles<T> files, Func<T, IEnumerable<X509Certificate2>> certificates, string path)
        where T : class
    {
        string known = FingerprintOf(certificates(files.Current));
        files.Changed += _ =>
        {
            lock (_changing)
            {
                // Two that looked at once may come in either order: what counts is what the files hold now.
                string now = FingerprintOf(certificates(files.Current));
                if (now == known)
                {
                    return;
                }

                known = now;
                (_trust, _brokerTrust) = (Judge(), Judge());
                _log.CertificateReloaded(path);
                WarnOfExpiry();
                Changed?.Invoke();
            }
        };
        files.Failed += error => _log.NotReloaded(error.Message);
        return files;
    }

    private static string FingerprintOf(IEnumerable<X509Certificate2> certificates) =>
        string.Join(' ', certificates.Select(certificate => certificate.GetCertHashString(HashAlgorithmName.SHA256)));

    private ServerTrust Judge() => _authorities is { } files ? ServerTrust.In(files.Current, $"'{_options.Ca}'") : ServerTrust.InSystem();

    private void Look()
    {
        if (Interlocked.Exchange(ref _looking, 1) != 0)
        {
            return;
        }

        try
        {
            _pair?.Newest();
            _authorities?.Newest();
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private void WarnOfExpiry()
    {
        CertificateExpiry?[] all =
        [
            _pair is { Current: { } pair } ? CertificateExpiry.Of("client", _options.Cert, pair.Intermediates.Prepend(pair.Certificate)) : null,
            _authorities is { Current: { } roots } ? CertificateExpiry.Of("ca", _options.Ca, roots) : null,
        ];
        foreach (string warning in all.Select(expiry => expiry?.Warning(DateTimeOffset.UtcNow)).OfType<string>())
        {
            _log.FileWarning(warning);
        }
    }
}
