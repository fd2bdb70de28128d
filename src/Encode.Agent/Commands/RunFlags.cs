using System.CommandLine;
using Encode.Agent.Options;
using Encode.Messaging.Logging;

namespace Encode.Agent.Commands;

/// <summary>The service's flags (DESIGN 5): declares them on a command and reads them into <see cref="AgentOptions"/>.</summary>
internal sealed class RunFlags
{
    private static readonly AgentOptions Defaults = new();

    private readonly Option<Uri> _master = Flags.Master(Defaults.Master);
    private readonly Option<bool> _register = new("--register") { Description = "Make this host a node of the master; needed the first time, harmless later" };
    private readonly Option<string> _name = Text("--name", "NAME", Defaults.Name, "Name of the node; unique in the farm (default: the host's name)");
    private readonly Option<string> _cert = Text("--cert", "FILE", "", "Client certificate, PEM, for a master with --mtls");
    private readonly Option<string> _key = Text("--key", "FILE", "", "Its private key, PEM");
    private readonly Option<string> _ca = Text("--ca", "FILE", "", "The only CA that the master's certificate may chain to, PEM (default: the system's roots)");
    private readonly Option<string> _apiKey = Text("--api-key", "KEY", "", "API key for registering; others on this host can see it, so prefer --api-key-file or ENCODE_API_KEY");
    private readonly Option<string> _apiKeyFile = Text("--api-key-file", "FILE", "", "File whose first line begins with the API key");
    private readonly Option<TimeSpan> _poll = Flags.Duration("--poll-interval", Defaults.PollInterval, "How often to reconcile over HTTPS; work itself is pushed");
    private readonly Option<TimeSpan> _heartbeat = Flags.Duration("--heartbeat-interval", Defaults.HeartbeatInterval, "How often to send a heartbeat; a node is offline after three missed");
    private readonly Option<int> _slots = Flags.Slots();
    private readonly Option<Isolation> _isolation = Flags.IsolationOption();
    private readonly Option<string> _work = Text("--work", "FOLDER", Defaults.Work, $"Scratch folder; holds the node's key (default {Defaults.Work})");
    private readonly Option<string[]> _mediaRoots = new("--media-root") { Description = "Folder that file: URLs may name; may be repeated", HelpName = "FOLDER" };
    private readonly Option<string[]> _allowUrls = new("--allow-url") { Description = "Host or network that https inputs may come from although it is not public; may be repeated", HelpName = "HOST|CIDR" };
    private readonly Option<TimeSpan> _drain = Flags.Duration("--drain-timeout", Defaults.DrainTimeout, "How long running jobs may take to end when the agent is told to stop");
    private readonly Option<LogFormat> _logFormat = Flags.LogFormatOption();

    internal RunFlags(RootCommand command)
    {
        Option[] all = [_master, _register, _name, _cert, _key, _ca, _apiKey, _apiKeyFile, _poll, _heartbeat, _slots, _isolation, _work, _mediaRoots, _allowUrls, _drain, _logFormat];
        foreach (Option option in all)
        {
            command.Add(option);
        }
    }

    internal AgentOptions Read(ParseResult result) => new()
    {
        Master = result.GetRequiredValue(_master),
        Register = result.GetValue(_register),
        Name = result.GetRequiredValue(_name),
        Cert = result.GetRequiredValue(_cert),
        Key = result.GetRequiredValue(_key),
        Ca = result.GetRequiredValue(_ca),
        ApiKey = result.GetRequiredValue(_apiKey),
        ApiKeyFile = result.GetRequiredValue(_apiKeyFile),
        PollInterval = result.GetValue(_poll),
        HeartbeatInterval = result.GetValue(_heartbeat),
        Slots = result.GetValue(_slots),
        Isolation = result.GetValue(_isolation),
        Work = result.GetRequiredValue(_work),
        MediaRoots = result.GetValue(_mediaRoots) ?? [],
        AllowUrls = result.GetValue(_allowUrls) ?? [],
        DrainTimeout = result.GetValue(_drain),
        LogFormat = result.GetValue(_logFormat),
    };

    private static Option<string> Text(string name, string helpName, string value, string description) =>
        new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => value };
}
