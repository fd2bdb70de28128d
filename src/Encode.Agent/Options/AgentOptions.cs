using Encode.Agent.Transfers;
using Encode.Messaging.Logging;

namespace Encode.Agent.Options;

/// <summary>How a codec is kept from taking the agent with it.</summary>
public enum Isolation
{
    /// <summary>A child process a slot.</summary>
    Process,

    /// <summary>Codecs in the agent's own process: no crash containment, no kill of a hung codec.</summary>
    None,
}

/// <summary>Everything that the agent's flags say. Defaults stand beside the property.</summary>
public sealed record AgentOptions
{
    /// <summary>Hardware threads that one slot keeps busy; <c>--slots auto</c> makes one slot for each.</summary>
    public const int ThreadsPerSlot = 8;

    /// <summary>Most slots that an agent runs: each costs a process of some 50 MB even when idle.</summary>
    public const int MaxSlots = 64;

    /// <summary>Characters of a node's name; the master takes no longer one.</summary>
    public const int MaxNameChars = 63;

    /// <summary>The master's URL.</summary>
    public Uri Master { get; init; } = new("http://localhost:8080");

    /// <summary>Whether a node that the master does not know yet may register.</summary>
    public bool Register { get; init; }

    /// <summary>The node's name.</summary>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>Client certificate for a master with <c>--mtls</c>, PEM.</summary>
    public string Cert { get; init; } = "";

    /// <summary>Its private key, PEM.</summary>
    public string Key { get; init; } = "";

    /// <summary>The only CA that the master's certificate may chain to; empty uses the system's roots.</summary>
    public string Ca { get; init; } = "";

    /// <summary>API key for registering.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>File whose first line is the API key.</summary>
    public string ApiKeyFile { get; init; } = "";

    /// <summary>How often to reconcile over HTTPS.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to send a heartbeat.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Jobs at once; 0 for one per <see cref="ThreadsPerSlot"/> hardware threads.</summary>
    public int Slots { get; init; }

    /// <summary>Where codecs run.</summary>
    public Isolation Isolation { get; init; } = Isolation.Process;

    /// <summary>Scratch folder; holds the node's key, spools and the outputs that go to the master.</summary>
    public string Work { get; init; } = "data/work";

    /// <summary>The only folders that <c>file:</c> URLs may name.</summary>
    public IReadOnlyList<string> MediaRoots { get; init; } = [];

    /// <summary>Hosts and networks that may be fetched from although they are not public.</summary>
    public IReadOnlyList<string> AllowUrls { get; init; } = [];

    /// <summary>How long running jobs may take to end when the agent is told to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How log lines look.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Auto;

    /// <summary>Slots after <c>auto</c> is resolved.</summary>
    public int SlotsResolved => Slots > 0 ? Slots : Math.Clamp(Environment.ProcessorCount / ThreadsPerSlot, 1, MaxSlots);

    /// <summary>Hardware threads that each slot is given.</summary>
    public int ThreadsPerCell => Math.Max(1, Environment.ProcessorCount / SlotsResolved);

    /// <summary>Every problem, a sentence each; empty when the options can be used.</summary>
    public IReadOnlyList<string> Validate() => [.. Problems()];

    private IEnumerable<string> Problems()
    {
        if (!Master.IsAbsoluteUri || Master.Scheme is not ("http" or "https") || Master.AbsolutePath != "/" || Master.Query.Length > 0 || Master.UserInfo.Length > 0)
        {
            yield return $"--master {Master.OriginalString}: it is no URL of a master; write http://host:port or https://host:port";
        }

        if (Name.Length is 0 or > MaxNameChars || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            yield return $"--name {Name}: a node's name has 1 to {MaxNameChars} letters, digits, '.', '_' and '-'";
        }

        if (Cert.Length > 0 != Key.Length > 0)
        {
            yield return "--cert and --key go together; name both or none";
        }

        if (ApiKey.Length > 0 && ApiKeyFile.Length > 0)
        {
            yield return "--api-key and --api-key-file exclude each other; name one";
        }

        foreach ((string flag, string path) in new[] { ("--cert", Cert), ("--key", Key), ("--ca", Ca), ("--api-key-file", ApiKeyFile) })
        {
            if (path.Length > 0 && !File.Exists(path))
            {
                yield return Directory.Exists(path) ? $"{flag} {path}: this is a folder; name a file" : $"{flag} {path}: there is no such file";
            }
        }

        foreach (string problem in Intervals().Concat(Places()))
        {
            yield return problem;
        }
    }

    private IEnumerable<string> Intervals()
    {
        if (PollInterval < TimeSpan.FromMilliseconds(100) || PollInterval > TimeSpan.FromHours(1))
        {
            yield return "--poll-interval: between 100ms and 1h";
        }

        if (HeartbeatInterval < TimeSpan.FromMilliseconds(100) || HeartbeatInterval > TimeSpan.FromHours(1))
        {
            yield return "--heartbeat-interval: between 100ms and 1h";
        }

        if (Slots is < 0 or > MaxSlots)
        {
            yield return $"--slots {Slots}: a number from 1 to {MaxSlots}, or auto";
        }
    }

    private IEnumerable<string> Places()
    {
        if (Work.Length == 0)
        {
            yield return "--work: name a folder";
        }

        foreach (string root in MediaRoots)
        {
            if (!Path.IsPathRooted(root))
            {
                yield return $"--media-root {root}: the path is not absolute";
            }
            else if (!Directory.Exists(root))
            {
                yield return $"--media-root {root}: there is no such folder; create it or mount it first";
            }
        }

        foreach (string text in AllowUrls)
        {
            if (!FetchRules.IsException(text))
            {
                yield return $"--allow-url {text}: neither a host name, an address nor a network such as 10.0.0.0/8";
            }
        }
    }
}
