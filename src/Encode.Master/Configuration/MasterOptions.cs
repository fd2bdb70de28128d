using System.Net;
using Encode.Messaging.Logging;

namespace Encode.Master.Configuration;

/// <summary>Everything that a master can be told, with its defaults. Filled by <see cref="CommandLine"/>; checked as a whole by <see cref="Validate"/>.</summary>
public sealed record MasterOptions
{
    /// <summary>Port of the API without TLS.</summary>
    public const int PlainPort = 8080;

    /// <summary>Port of the API with TLS.</summary>
    public const int TlsPort = 8443;

    /// <summary>Environment variable that may carry the API key, so that it stands on no command line.</summary>
    public const string ApiKeyVariable = "ENCODE_API_KEY";

    /// <summary>Fewest characters of an API key: what is shorter is a slip rather than a key.</summary>
    public const int MinApiKeyChars = 8;

    /// <summary>Characters below which a key draws a warning: 32 hexadecimal digits are 128 bits.</summary>
    public const int AdvisedApiKeyChars = 32;

    /// <summary>Longest time that closing may take; a service manager loses patience after that anyway.</summary>
    public static readonly TimeSpan MaxDrainTimeout = TimeSpan.FromHours(1);

    /// <summary>Port of the API; null means 8080, or 8443 with TLS. 0 lets the system choose.</summary>
    public int? Port { get; init; }

    /// <summary>Address to listen at; empty means every interface.</summary>
    public string Bind { get; init; } = "";

    /// <summary>Path of the database; empty keeps everything in memory.</summary>
    public string Db { get; init; } = "";

    /// <summary>Whether the API, and with it the broker, speaks TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>Certificate chain in PEM.</summary>
    public string Cert { get; init; } = "certs/master.crt";

    /// <summary>The certificate's private key in PEM.</summary>
    public string Key { get; init; } = "certs/master.key";

    /// <summary>Certificates in PEM that clients' certificates must chain to, and that agents are told to trust.</summary>
    public string Ca { get; init; } = "";

    /// <summary>Whether clients must show a certificate.</summary>
    public bool Mtls { get; init; }

    /// <summary>Whether to write a self-signed pair and exit.</summary>
    public bool GenerateCert { get; init; }

    /// <summary>Names and addresses for the generated certificate; empty means this host's own.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>One API key with every scope, from the flag.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Another one, from <see cref="ApiKeyVariable"/>.</summary>
    public string EnvironmentApiKey { get; init; } = "";

    /// <summary>File of API keys.</summary>
    public string ApiKeyFile { get; init; } = "";

    /// <summary>URLs of an external NATS; empty starts the embedded one.</summary>
    public string Nats { get; init; } = "";

    /// <summary>Port of the embedded broker. 0 lets the system choose.</summary>
    public int NatsPort { get; init; } = 4222;

    /// <summary>Credentials file for an external NATS.</summary>
    public string NatsCreds { get; init; } = "";

    /// <summary>Account signing key for an external NATS.</summary>
    public string NatsSigningKey { get; init; } = "";

    /// <summary>Certificates that an external NATS chains to.</summary>
    public string NatsCa { get; init; } = "";

    /// <summary>Folder of uploads and results.</summary>
    public string Files { get; init; } = "data/files";

    /// <summary>Port on loopback for plain <c>/health</c>; null is off.</summary>
    public int? HealthPort { get; init; }

    /// <summary>How long closing waits for requests in flight.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How log lines look.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Auto;

    /// <summary>The port that the API listens at, defaults applied.</summary>
    public int EffectivePort => Port ?? (Tls ? TlsPort : PlainPort);

    /// <summary>The address that the API listens at; null means every interface.</summary>
    public IPAddress? BindAddress => Bind.Length == 0 ? null : IPAddress.TryParse(Bind, out IPAddress? address) ? address : null;

    /// <summary>Every problem with these options, one sentence each; empty when they are good.</summary>
    public IEnumerable<string> Validate() => [.. Addresses(), .. Certificates(), .. Broker(), .. Rest()];

    private IEnumerable<string> Addresses()
    {
        foreach ((string flag, int? port) in new[] { ("--port", Port), ("--nats-port", NatsPort), ("--health-port", HealthPort) })
        {
            if (port is < 0 or > IPEndPoint.MaxPort)
            {
                yield return $"{flag} {port}: a port is a number from 0 to {IPEndPoint.MaxPort}";
            }
        }

        if (Bind.Length > 0 && BindAddress is null)
        {
            yield return $"--bind {Bind}: this is no IP address; name one of this host's, or leave it out for all interfaces";
        }

        if (HealthPort == 0)
        {
            yield return "--health-port 0: name the port that monitors will ask, or leave it out";
        }

        if (EffectivePort != 0 && EffectivePort == HealthPort)
        {
            yield return $"--health-port {HealthPort}: the API has this port; choose another";
        }

        if (EffectivePort != 0 && EffectivePort == NatsPort && Nats.Length == 0)
        {
            yield return $"--nats-port {NatsPort}: the API has this port; choose another";
        }
    }

    private IEnumerable<string> Certificates()
    {
        if (Mtls && Ca.Length == 0)
        {
            yield return "--mtls needs --ca FILE: the certificates that clients' certificates must chain to";
        }

        if (Mtls && !Tls)
        {
            yield return "--mtls needs --tls";
        }

        if (Hosts.Count > 0 && !GenerateCert)
        {
            yield return "--hosts belongs to --generate-cert";
        }

        if (Cert.Length == 0 || Key.Length == 0)
        {
            yield return "--cert and --key each name a file";
        }
    }

    private IEnumerable<string> Broker() => Nats.Length == 0 ? EmbeddedBroker() : [.. BrokerUrls.Problems(Nats), .. ExternalBroker()];

    private IEnumerable<string> EmbeddedBroker()
    {
        foreach ((string flag, string value) in new[] { ("--nats-creds", NatsCreds), ("--nats-signing-key", NatsSigningKey), ("--nats-ca", NatsCa) })
        {
            if (value.Length > 0)
            {
                yield return $"{flag} belongs to an external NATS: name its servers with --nats, or leave this out to use the embedded broker";
            }
        }
    }

    private IEnumerable<string> ExternalBroker()
    {
        if (NatsCreds.Length == 0)
        {
            yield return "--nats needs --nats-creds FILE: the master's credentials in the cluster";
        }

        if (NatsSigningKey.Length == 0)
        {
            yield return "--nats needs --nats-signing-key FILE: the seed of a signing key of the same account, with which users for nodes are made";
        }

        bool inClear = BrokerUrls.Split(Nats).Any(url => !BrokerUrls.IsTls(url));
        if (inClear && NatsCa.Length > 0)
        {
            yield return "--nats-ca: without TLS no certificate is shown; write tls:// in --nats, or leave this out";
        }

        if (inClear && Tls)
        {
            yield return "--nats: with --tls the broker is reached over TLS too; write tls:// in --nats";
        }
    }

    private IEnumerable<string> Rest()
    {
        foreach ((string source, string key) in new[] { ("--api-key", ApiKey), (ApiKeyVariable, EnvironmentApiKey) })
        {
            if (key.Length is not (> 0 and < MinApiKeyChars) && key.All(c => c is > ' ' and <= '~'))
            {
                continue;
            }

            yield return $"{source}: a key has at least {MinApiKeyChars} visible ASCII characters and no spaces, such as the output of 'openssl rand -hex 32'";
        }

        if (Files.Length == 0)
        {
            yield return "--files names a folder";
        }

        if (DrainTimeout < TimeSpan.Zero || DrainTimeout > MaxDrainTimeout)
        {
            yield return $"--drain-timeout: a time from 0s to {MaxDrainTimeout.TotalHours}h";
        }
    }
}
