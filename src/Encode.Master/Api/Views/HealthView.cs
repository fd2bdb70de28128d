namespace Encode.Master.Api;

/// <summary>Answer of <c>GET /health</c>.</summary>
/// <param name="Status"><c>ok</c> or <c>degraded</c>.</param>
/// <param name="Version">Version of the master.</param>
/// <param name="Database"><c>ok</c> or <c>down</c>.</param>
/// <param name="Broker"><c>ok</c> or <c>down</c>.</param>
/// <param name="Certificates">The certificates in use; absent without TLS. A certificate that ends soon does not make the master degraded: it works.</param>
public sealed record HealthView(string Status, string Version, string Database, string Broker, IReadOnlyList<CertificateView>? Certificates);
