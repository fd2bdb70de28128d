using System.CommandLine;
using System.CommandLine.Help;
using Encode.Messaging.Logging;

namespace Encode.Master.Configuration;

/// <summary>The master's flags. Defaults are those of <see cref="MasterOptions"/>, so that they stand in one place.</summary>
public sealed partial class CommandLine
{
    /// <summary>Exit code for a command line that cannot be right.</summary>
    public const int UsageError = 2;

    private static readonly MasterOptions Defaults = new();
    private static readonly ParserConfiguration Parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    private readonly RootCommand root = new("Takes encode jobs over HTTP and hands them to agents.");

    private readonly Option<int?> port = new("--port") { HelpName = "PORT", Description = $"Port of the API (default {MasterOptions.PlainPort}; {MasterOptions.TlsPort} with --tls)", CustomParser = argument => ReadPort(argument) };
    private readonly Option<string> bind = Text("--bind", "ADDRESS", "Address to listen at (default: all interfaces)", Defaults.Bind);
    private readonly Option<string> db = Text("--db", "FILE", "SQLite database (default: in memory)", Defaults.Db);
    private readonly Option<bool> tls = new("--tls") { Description = "Serve the API and the broker over TLS" };
    private readonly Option<string> cert = Text("--cert", "FILE", "Certificate chain, PEM", Defaults.Cert);
    private readonly Option<string> key = Text("--key", "FILE", "Private key of the certificate, PEM", Defaults.Key);
    private readonly Option<string> ca = Text("--ca", "FILE", "Certificates that clients' and this master's chain to, PEM", Defaults.Ca);
    private readonly Option<bool> mtls = new("--mtls") { Description = "Ask clients for a certificate that chains to --ca" };
    private readonly Option<bool> generateCert = new("--generate-cert") { Description = "Write a self-signed pair to --cert and --key, then exit" };
    private readonly Option<string[]> hosts = new("--hosts") { HelpName = "NAMES", Description = "Names and addresses for --generate-cert, separated by commas (default: this host's own)" };
    private readonly Option<string> apiKey = Text("--api-key", "KEY", $"API key with every scope; better in the environment as {MasterOptions.ApiKeyVariable}", Defaults.ApiKey);
    private readonly Option<string> apiKeyFile = Text("--api-key-file", "FILE", "API keys, one a line: KEY or sha256:HEX, then name=… scopes=…", Defaults.ApiKeyFile);
    private readonly Option<string> nats = Text("--nats", "URLS", "Servers of an external NATS, tls://host:4222, separated by commas (default: an embedded one)", Defaults.Nats);
    private readonly Option<int> natsPort = new("--nats-port") { HelpName = "PORT", Description = "Port of the embedded broker", CustomParser = ReadPort, DefaultValueFactory = _ => Defaults.NatsPort };
    private readonly Option<string> natsCreds = Text("--nats-creds", "FILE", "The master's credentials in an external NATS", Defaults.NatsCreds);
    private readonly Option<string> natsSigningKey = Text("--nats-signing-key", "FILE", "Seed of a signing key of the same account, for nodes' users", Defaults.NatsSigningKey);
    private readonly Option<string> natsCa = Text("--nats-ca", "FILE", "Certificates that an external NATS chains to, PEM (default: this host's roots)", Defaults.NatsCa);
    private readonly Option<string> files = Text("--files", "FOLDER", "Uploads and results", Defaults.Files);
    private readonly Option<int?> healthPort = new("--health-port") { HelpName = "PORT", Description = "Plain /health on loopback (default: off)", CustomParser = argument => ReadPort(argument) };
    private readonly Option<TimeSpan> drainTimeout = new("--drain-timeout") { HelpName = "TIME", Description = "How long closing waits for requests in flight", CustomParser = ReadDuration, DefaultValueFactory = _ => Defaults.DrainTimeout };
    private readonly Option<LogFormat> logFormat = new("--log-format") { HelpName = "FORMAT", Description = "auto, text or json", CustomParser = ReadLogFormat, DefaultValueFactory = _ => Defaults.LogFormat };

    private CommandLine()
    {
        Option[] all =
        [
            port, bind, db, tls, cert, key, ca, mtls, generateCert, hosts, apiKey, apiKeyFile, nats, natsPort, natsCreds, natsSigningKey, natsCa, files,
            healthPort, drainTimeout, logFormat,
        ];
        foreach (Option option in all)
        {
            root.Options.Add(option);
        }
    }

    /// <summary>Reads the flags.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="environmentKey">The value of <see cref="MasterOptions.ApiKeyVariable"/>; good beside the flag's.</param>
    /// <param name="output">Where help goes.</param>
    /// <param name="error">Where problems go.</param>
    /// <returns>The options; or null and the exit code, after help was printed or each problem was written to <paramref name="error"/>, a line each.</returns>
    public static (MasterOptions? Options, int ExitCode) Read(IReadOnlyList<string> args, string? environmentKey, TextWriter output, TextWriter error)
    {
        CommandLine line = new();
        ParseResult result = line.root.Parse(args, Parser);
        if (result.Action is HelpAction || (result.Action is not null && result.Errors.Count == 0))
        {
            return (null, Print(result, output, error));
        }

        MasterOptions? options = result.Errors.Count == 0 ? line.Compose(result, environmentKey) : null;
        List<string> problems = options is null
            ? [.. ParseProblems(result)]
            : [.. line.EmptyValues(result, environmentKey), .. line.FlagsWithoutTls(result), .. line.FlagsOfAnotherBroker(result), .. options.Validate()];
        foreach (string problem in problems)
        {
            error.WriteLine($"master: {problem}");
        }

        return problems.Count == 0 ? (options, 0) : (null, UsageError);
    }

    // Help and the version: all that the parser does itself.
    private static int Print(ParseResult result, TextWriter output, TextWriter error)
    {
        try
        {
            return result.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (IOException reason)
        {
            error.WriteLine($"master: write to standard output: {reason.Message.TrimEnd('.')}; send it to a place that takes it");
            return 1;
        }
    }

    private MasterOptions Compose(ParseResult result, string? environmentKey)
    {
        return new MasterOptions
        {
            Port = result.GetValue(port),
            Bind = result.GetValue(bind)!,
            Db = result.GetValue(db)!,
            Tls = result.GetValue(tls),
            Cert = result.GetValue(cert)!,
            Key = result.GetValue(key)!,
            Ca = result.GetValue(ca)!,
            Mtls = result.GetValue(mtls),
            GenerateCert = result.GetValue(generateCert),
            Hosts = [.. (result.GetValue(hosts) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
            ApiKey = result.GetValue(apiKey)!,
            EnvironmentApiKey = environmentKey ?? "",
            ApiKeyFile = result.GetValue(apiKeyFile)!,
            Nats = result.GetValue(nats)!,
            NatsPort = result.GetValue(natsPort),
            NatsCreds = result.GetValue(natsCreds)!,
            NatsSigningKey = result.GetValue(natsSigningKey)!,
            NatsCa = result.GetValue(natsCa)!,
            Files = result.GetValue(files)!,
            HealthPort = result.GetValue(healthPort),
            DrainTimeout = result.GetValue(drainTimeout),
            LogFormat = result.GetValue(logFormat),
        };
    }

    private static Option<string> Text(string name, string valueName, string description, string otherwise) =>
        new(name) { HelpName = valueName, Description = description, DefaultValueFactory = _ => otherwise };
}
