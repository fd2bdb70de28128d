namespace Encode.Master.Broker;

/// <summary>The API's TLS files, which the broker uses too.</summary>
/// <param name="CertificatePath">Chain in PEM, leaf first.</param>
/// <param name="KeyPath">The leaf's key in PEM, not encrypted.</param>
/// <param name="CaPath">Certificates that agents are told to trust, and that theirs must chain to with <paramref name="Mutual"/>; null when the leaf is self-signed or public.</param>
/// <param name="Mutual">Whether agents must show a certificate.</param>
public sealed record BrokerTls(string CertificatePath, string KeyPath, string? CaPath, bool Mutual);
