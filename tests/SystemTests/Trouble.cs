using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>A place where things go wrong: a CA, pairs good and bad, and programs that end with it.</summary>
internal sealed class Trouble : IAsyncDisposable
{
    public const string ApiKey = "the-right-key-of-this-farm-0123456789";

    private readonly TempFolder folder = new();
    private readonly TestAuthority authority = TestAuthority.CreateRoot("farm-ca");
    private readonly List<RunningProgram> programs = [];

    public Trouble()
    {
        File.WriteAllText(In("ca.crt"), authority.Certificate.ExportCertificatePem());
        Issue("master", "localhost");
        Issue("agent", "agent");
        Issue("other", "other-host");
        Issue("ending", "localhost", until: 20);
        Issue("ended", "localhost", from: -2, until: -1);
        Issue("early", "localhost", from: 1, until: 2);
        using TestAuthority stranger = TestAuthority.CreateRoot("another-ca");
        File.WriteAllText(In("stranger.crt"), stranger.Certificate.ExportCertificatePem());
    }

    public int Port { get; } = LoopbackServer.FreePort();

    public int BrokerPort { get; } = LoopbackServer.FreePort();

    public string Url => $"https://localhost:{Port}";

    /// <summary>Everything that all programs have printed.</summary>
    public string Output => string.Concat(programs.Select(program => program.Output));

    public string In(string name) => folder.Combine(name);

    /// <summary>Flags of TLS with one of the pairs.</summary>
    public string[] Tls(string pair = "master") => ["--tls", "--cert", In($"{pair}.crt"), "--key", In($"{pair}.key")];

    /// <summary>Starts a master; waits until it listens or ends.</summary>
    public async Task<RunningProgram> MasterAsync(params string[] flags)
    {
        string[] ports = [.. Unless("--port", $"{Port}"), .. Unless("--nats-port", $"{BrokerPort}"), .. Unless("--db", In("m.db")), .. Unless("--files", In("files"))];
        RunningProgram master = Start(Published.Master, ["--bind", "127.0.0.1", .. ports, .. flags]);
        await Eventually.IsTrueAsync("the master to listen or to end", Limits.Start, () => master.HasExited || master.Output.Contains("listens on http", StringComparison.Ordinal));
        return master;

        string[] Unless(string flag, string value) => flags.Contains(flag) ? [] : [flag, value];
    }

    public RunningProgram Agent(params string[] flags) =>
        Start(Published.Agent, ["--register", "--master", Url, "--work", In($"work{programs.Count}"), "--poll-interval", "200ms", "--heartbeat-interval", "1s", .. flags]);

    /// <summary>curl with the CA and the key.</summary>
    public async Task<string> CurlAsync(params string[] arguments)
    {
        RunningProgram curl = Start("curl", ["-sS", "--cacert", In("ca.crt"), "-H", $"Authorization: Bearer {ApiKey}", .. arguments]);
        await curl.WaitForExitAsync(Limits.Answer);
        return curl.Output;
    }

    public async Task<string> FirstNodeAsync(params string[] arguments) => await Eventually.GetAsync("a node", Limits.Start, async () =>
    {
        string answer = await CurlAsync([.. arguments, $"{Url}/nodes"]);
        return answer.StartsWith('{') ? (string?)JsonNode.Parse(answer)!["nodes"]!.AsArray().FirstOrDefault()?["id"] : null;
    });

    public RunningProgram Start(string program, IEnumerable<string> flags)
    {
        RunningProgram running = RunningProgram.Start(program, flags, folder.Path, new Dictionary<string, string?> { ["ENCODE_API_KEY"] = null });
        programs.Add(running);
        return running;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram program in programs)
        {
            await program.DisposeAsync();
        }

        authority.Dispose();
        folder.Dispose();
    }

    private void Issue(string name, string host, double? from = null, double? until = null) => authority.Issue(host, In($"{name}.crt"), In($"{name}.key"), from, until);
}
