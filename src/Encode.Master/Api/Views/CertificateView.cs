using Encode.Messaging.Tls;

namespace Encode.Master.Api;

/// <summary>A certificate in use, as <c>/health</c> tells it: to everybody, so without its file.</summary>
/// <param name="Use"><c>server</c> or <c>ca</c>.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="DaysLeft">Whole days until then; negative after it.</param>
public sealed record CertificateView(string Use, DateTimeOffset ExpiresAt, int DaysLeft)
{
    /// <summary>What is told of them; null when there are none.</summary>
    public static IReadOnlyList<CertificateView>? OfAll(IReadOnlyList<CertificateExpiry> certificates)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return certificates.Count == 0 ? null : [.. certificates.Select(one => new CertificateView(one.Use, one.ExpiresAt, (int)Math.Floor((one.ExpiresAt - now).TotalDays)))];
    }
}
