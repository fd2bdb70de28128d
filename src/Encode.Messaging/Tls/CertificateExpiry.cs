using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Encode.Messaging.Tls;

/// <summary>When a certificate that is in use ends.</summary>
/// <param name="Use">What it is used for, one word: <c>server</c>, <c>client</c>, <c>ca</c>.</param>
/// <param name="File">The file it came from.</param>
/// <param name="ExpiresAt">When it ends, UTC.</param>
public sealed record CertificateExpiry(string Use, string File, DateTimeOffset ExpiresAt)
{
    /// <summary>How long before its end a certificate is worth a line in the log: time for whoever must sign a new one.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    /// <summary>How often certificates are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(12);

    /// <summary>The certificates of a file; the one that ends first counts.</summary>
    public static CertificateExpiry Of(string use, string file, IEnumerable<X509Certificate2> certificates) =>
        new(use, file, new DateTimeOffset(certificates.Min(certificate => certificate.NotAfter).ToUniversalTime(), TimeSpan.Zero));

    /// <summary>A sentence for the log when the end is near; null when it is not.</summary>
    public string? Warning(DateTimeOffset now)
    {
        if (ExpiresAt - now > Notice)
        {
            return null;
        }

        string when = ExpiresAt <= now
            ? $"expired at {ExpiresAt:u}"
            : string.Create(CultureInfo.InvariantCulture, $"expires in {(ExpiresAt - now).TotalDays:0.#} days, at {ExpiresAt:u}");
        return $"the certificate '{File}' ({Use}) {when}; put a new one in its place, it is taken up without a restart";
    }
}
