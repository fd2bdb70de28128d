namespace Encode.Master.Broker;

/// <summary>Where nodes find the broker, and how they are to judge it.</summary>
/// <param name="Urls">Its URLs; empty for <paramref name="Port"/> on the host that a node reaches the master at.</param>
/// <param name="Port">Its port.</param>
/// <param name="Tls">Whether nodes must use TLS.</param>
/// <param name="TlsFirst">Whether it says nothing before the TLS handshake.</param>
/// <param name="AuthorityPem">Certificates that nodes are to trust; null without TLS, and for the roots of a node's host.</param>
internal sealed record BrokerAddress(IReadOnlyList<string> Urls, int Port, bool Tls, bool TlsFirst, string? AuthorityPem);
