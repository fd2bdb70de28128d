using System.Net;
using Encode.Messaging;

namespace Encode.Master.Broker;

/// <summary>What the embedded broker needs to know.</summary>
public sealed record BrokerOptions
{
    /// <summary>NATS's own port.</summary>
    public const int DefaultPort = 4222;

    /// <summary>Folder for seeds and configuration, made 0700 when absent: beside the database so that agents' JWTs outlive a restart. Null: the seeds stay in memory, and the configuration in a temporary folder that goes at the end.</summary>
    public string? PrivateFolder { get; init; }

    /// <summary>Address to listen at; null is every interface.</summary>
    public IPAddress? Bind { get; init; }

    /// <summary>Port to listen at; 0 lets the system choose, and then keeps it.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The API's TLS files; null when the API has no TLS.</summary>
    public BrokerTls? Tls { get; init; }

    /// <summary>How long nodes' JWTs count; tests shorten it.</summary>
    public TimeSpan NodeLifetime { get; init; } = BusCredential.NodeLifetime;

    /// <summary>The program; null looks beside our own, then on PATH.</summary>
    public string? ServerPath { get; init; }
}
