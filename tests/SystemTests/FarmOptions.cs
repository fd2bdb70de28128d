namespace Encode.SystemTests;

/// <summary>How a <see cref="Farm"/> differs from the usual one: TLS, a key, a database on disk, one agent.</summary>
internal sealed record FarmOptions
{
    public bool Tls { get; init; } = true;

    public bool Key { get; init; } = true;

    public int Agents { get; init; } = 1;

    public string HeartbeatInterval { get; init; } = "1s";

    public IReadOnlyList<string> AgentFlags { get; init; } = [];

    public IReadOnlyList<string> MasterFlags { get; init; } = [];

    public IReadOnlyDictionary<string, string?> AgentEnvironment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Flags that name an external NATS; empty for the embedded broker.</summary>
    public IReadOnlyList<string> Nats { get; init; } = [];

    /// <summary>Where uploads are kept; null for the farm's own folder.</summary>
    public string? Files { get; init; }

    /// <summary>Where agents keep their work; null for the farm's own folder.</summary>
    public string? Work { get; init; }
}
