using System.Security.Cryptography.X509Certificates;
using Encode.Master.Api.Access;
using Encode.Master.Configuration;
using Encode.Messaging;
using Encode.Messaging.Tls;

namespace Encode.Master;

/// <summary>
/// What a master reads again while it runs.
///
///     file           read again when                                              who is told
///     --cert --key   it changed: looked at in each handshake and each second      the broker, the log
///     --ca           the same                                                     the broker, the log
///     keys           SIGHUP only, since an editor may leave half a file           the log
///
/// SIGHUP reads all of them, changed or not. What is no good is told in one line, and what was there stays in use.
/// </summary>
internal sealed class RenewableFiles : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly MasterOptions options;
    private readonly ILogger log;
    private readonly TimeProvider clock;
    private readonly List<ITimer> timers = [];
    private int looking;

    private RenewableFiles(MasterOptions options, TimeProvider clock, ILogger log)
    {
        this.options = options;
        this.clock = clock;
        this.log = log;
        Keys = KeyRing.Load(options);
        if (options.Tls)
        {
            Certificate = Follow(new ReloadedFiles<CertificateWithKey>([options.Cert, options.Key], () => CertificateWithKey.Load(options.Cert, options.Key)), options.Cert);
            Authorities = options.Ca.Length == 0 ? null : Follow(new ReloadedFiles<X509Certificate2Collection>([options.Ca], () => PemFile.Certificates(options.Ca)), options.Ca);
        }
    }

    /// <summary>The API keys.</summary>
    public KeyRing Keys { get; }

    /// <summary>The certificate; null without TLS.</summary>
    public ReloadedFiles<CertificateWithKey>? Certificate { get; }

    /// <summary>The certificates of <c>--ca</c>; null without.</summary>
    public ReloadedFiles<X509Certificate2Collection>? Authorities { get; }

    /// <summary>Raised after a certificate or the CA was replaced.</summary>
    public event Action? TlsChanged;

    /// <summary>Reads everything for the first time and begins to look after it.</summary>
    /// <exception cref="MessagingException">A certificate, key or CA is no good.</exception>
    /// <exception cref="KeyRingException">The file of keys is no good.</exception>
    public static RenewableFiles Open(MasterOptions options, TimeProvider clock, ILogger log)
    {
        RenewableFiles files = new(options, clock, log);
        files.Warn();
        if (options.Tls)
        {
            files.timers.Add(clock.CreateTimer(_ => files.Look(), null, LookInterval, LookInterval));
            files.timers.Add(clock.CreateTimer(_ => files.WarnOfExpiry(), null, CertificateExpiry.Interval, CertificateExpiry.Interval));
        }

        return files;
    }

    /// <summary>Reads everything again. Throws nothing: what is no good is logged.</summary>
    public void Reload()
    {
        Certificate?.Reload();
        Authorities?.Reload();
        if (options.ApiKeyFile.Length == 0)
        {
            return;
        }

        try
        {
            Keys.Reload();
            log.KeysReloaded(options.ApiKeyFile, Keys.Count);
            WarnOfKeys();
        }
        catch (KeyRingException error)
        {
            log.NotReloaded(error.Message);
        }
    }

    /// <summary>When the certificates in use end.</summary>
    public IReadOnlyList<CertificateExpiry> Expiries()
    {
        List<CertificateExpiry> all = [];
        if (Certificate is { Current: { } pair })
        {
            all.Add(CertificateExpiry.Of("server", options.Cert, pair.Intermediates.Prepend(pair.Certificate)));
        }

        if (Authorities is { Current: { } roots })
        {
            all.Add(CertificateExpiry.Of("ca", options.Ca, roots));
        }

        return all;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (ITimer timer in timers)
        {
            await timer.DisposeAsync(); // What it runs now ends first: it reads the certificate.
        }

        Certificate?.Current.Dispose();
    }

    private ReloadedFiles<T> Follow<T>(ReloadedFiles<T> files, string path)
        where T : class
    {
        files.Changed += _ =>
        {
            log.CertificateReloaded(path);
            WarnOfExpiry();
            TlsChanged?.Invoke();
        };
        files.Failed += error => log.NotReloaded(error.Message);
        return files;
    }

    // A disk that hangs must not make looks pile up.
    private void Look()
    {
        if (Interlocked.Exchange(ref looking, 1) == 0)
        {
            try
            {
                Certificate?.Newest();
                Authorities?.Newest();
            }
            finally
            {
                Volatile.Write(ref looking, 0);
            }
        }
    }

    private void Warn()
    {
        WarnOfKeys();
        WarnOfExpiry();
        if (options.Tls && PemFile.ModeWarning(options.Key, groupMayRead: true) is { } mode)
        {
            log.FileWarning(mode);
        }
    }

    private void WarnOfKeys()
    {
        foreach (string warning in Keys.Warnings())
        {
            log.FileWarning(warning);
        }
    }

    private void WarnOfExpiry()
    {
        foreach (string warning in Expiries().Select(expiry => expiry.Warning(clock.GetUtcNow())).OfType<string>())
        {
            log.FileWarning(warning);
        }
    }
}
