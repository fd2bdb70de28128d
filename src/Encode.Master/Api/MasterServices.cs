using System.Security.Cryptography.X509Certificates;
using Encode.Master.Api.Access;
using Encode.Master.Api.Tls;
using Encode.Master.Configuration;
using Encode.Master.Dispatch;
using Encode.Master.Files;
using Encode.Master.Store;
using Encode.Messaging.Tls;

namespace Encode.Master.Api;

/// <summary>What the HTTP server stands on. All of it stays the caller's.</summary>
public sealed record MasterServices
{
    /// <summary>What the master was told.</summary>
    public required MasterOptions Options { get; init; }

    /// <summary>The API keys.</summary>
    public required KeyRing Keys { get; init; }

    /// <summary>What is served when there are no keys.</summary>
    public required NearRules Near { get; init; }

    /// <summary>Jobs, nodes and names of files.</summary>
    public required EncodeStore Store { get; init; }

    /// <summary>Content of files.</summary>
    public required FileLibrary Files { get; init; }

    /// <summary>Gives jobs to nodes.</summary>
    public required Dispatcher Dispatcher { get; init; }

    /// <summary>Completes once the dispatcher works; signs of life wait for it.</summary>
    public required Task DispatcherStarted { get; init; }

    /// <summary>The broker.</summary>
    public required IBrokerStatus Broker { get; init; }

    /// <summary>Gives the certificate for the next connection; null without TLS.</summary>
    public Func<CertificateWithKey>? Certificate { get; init; }

    /// <summary>Gives what the next connection's client certificate must chain to; null asks for none.</summary>
    public Func<X509Certificate2Collection>? ClientAuthorities { get; init; }

    /// <summary>Client certificates of removed nodes.</summary>
    public RemovedCertificates RemovedCertificates { get; init; } = new();

    /// <summary>When the certificates in use end.</summary>
    public Func<IReadOnlyList<CertificateExpiry>> Certificates { get; init; } = static () => [];

    /// <summary>How long and how slowly a peer may keep a connection busy; tests have less patience.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>Whether the broker listens on loopback alone, so that only agents of this host reach it.</summary>
    public bool BrokerIsLocal { get; init; }

    /// <summary>Where log lines go; disposed with the server.</summary>
    public required ILoggerProvider Log { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
