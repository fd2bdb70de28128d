using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// The guide's scenario 3 (TLS, client certificates, a key) as an operator sets it up from the tarball: a master and an agent on two bare hosts,
/// joined by a cable. Where a machine lets nobody make networks both are one host, on loopback.
/// </summary>
internal sealed partial class InstalledFarm : IAsyncDisposable
{
    private const string Curl = "/usr/bin/curl";

    private readonly TempFolder folder;
    private readonly Dictionary<string, RunningProgram> running = [];
    private readonly Dictionary<string, string> commands = [];
    private readonly string address;
    private readonly int port;
    private readonly int brokerPort;

    private InstalledFarm(TempFolder folder, BareHost master, BareHost agent)
    {
        this.folder = folder;
        (Master, Agent) = (master, agent);
        bool apart = master != agent;
        (address, port, brokerPort) = apart ? ("10.20.30.1", 8443, 4222) : ("127.0.0.1", LoopbackServer.FreePort(), LoopbackServer.FreePort());
    }

    public BareHost Master { get; }

    public BareHost Agent { get; }

    /// <summary>The hosts, each once.</summary>
    public IEnumerable<BareHost> Hosts => new[] { Master, Agent }.Distinct();

    /// <summary>Makes the hosts and the operator's CA; nothing is installed yet.</summary>
    public static async Task<InstalledFarm> CreateAsync(string masterRelease, string agentRelease, ITestOutputHelper output)
    {
        bool apart = await BareHost.CanHaveNetworksAsync();
        if (!apart)
        {
            output.WriteLine("this machine lets nobody make networks: master and agent are one host, on loopback");
        }

        BareHost master = await BareHost.StartAsync(masterRelease, apart);
        InstalledFarm? farm = null;
        try
        {
            BareHost agent = apart ? await BareHost.StartAsync(agentRelease, apart) : master;
            farm = new(new TempFolder(), master, agent);
            if (apart)
            {
                await BareHost.ConnectAsync(farm.Master, farm.Agent);
            }

            await MakeKeysAsync(farm);
            return farm;
        }
        catch
        {
            await (farm?.DisposeAsync() ?? master.DisposeAsync());
            throw;
        }
    }

    private static async Task MakeKeysAsync(InstalledFarm farm)
    {
        PlainCa ca = await PlainCa.CreateAsync(farm.folder.Path);
        await ca.SignAsync("master");
        await ca.SignAsync("agent");
        string key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await File.WriteAllTextAsync(farm.folder.Combine("keys"), $"{key} name=ops\n");
        await File.WriteAllTextAsync(farm.folder.Combine("authorization"), $"Authorization: Bearer {key}\n");
    }

    /// <summary>Unpacks a tarball on each host and runs its install.sh.</summary>
    public async Task InstallAsync(string tarball)
    {
        foreach ((BareHost host, string role) in new[] { (Master, "master"), (Agent, "agent") })
        {
            string name = Path.GetFileName(tarball);
            File.Copy(tarball, host.Combine($"/tmp/{name}"), overwrite: true);
            string said = await host.ShellAsync($"cd /tmp && tar -xzf {name} && {name.Replace(".tar.gz", "", StringComparison.Ordinal)}/install.sh --{role}");

            // systemd does not run here, so the installer says how to start by hand.
            commands[role] = said.Split('\n').Single(line => line.Contains($"runuser -u encode-{role}", StringComparison.Ordinal)).Trim();
        }
    }

    /// <summary>Puts certificates, keys and flags where the installer says that they belong.</summary>
    public async Task ConfigureAsync()
    {
        await ConfigureAsync(Master, "master", $"--tls --cert master.crt --key master.key --mtls --ca ca.crt --api-key-file keys --port {port} --nats-port {brokerPort}");
        await ConfigureAsync(Agent, "agent", $"--ca ca.crt --cert agent.crt --key agent.key --api-key-file keys --register --master https://master:{port} --name encoder --heartbeat-interval 1s");
        await File.WriteAllTextAsync(Agent.Combine("/etc/hosts"), $"127.0.0.1 localhost\n{address} master\n");
    }

    /// <summary>Starts master and agent and waits until the node is online.</summary>
    public async Task StartAsync()
    {
        Start(Master, "master");
        await Eventually.GetAsync("the master's /health", Limits.Start, async () =>
        {
            AssertRuns("master");
            return (await CurlAsync("/health")).ExitCode == 0 ? "ok" : null;
        });
        Start(Agent, "agent");
        await Eventually.GetAsync("the node", Limits.Start, async () =>
        {
            AssertRuns("agent");
            return (await GetAsync("/nodes"))["nodes"]!.AsArray().Any(node => (string?)node!["state"] == "online") ? "ok" : null;
        });
    }

    /// <summary>Ends both as systemd would, by SIGTERM, and expects them to end well.</summary>
    public async Task StopAsync()
    {
        foreach ((BareHost host, string role) in new[] { (Agent, "agent"), (Master, "master") })
        {
            await host.ShellAsync($"for p in /proc/[0-9]*; do [ \"$(readlink $p/exe)\" != /opt/encode/bin/{role} ] || tr '\\0' ' ' <$p/cmdline | grep -q __ || kill -TERM ${{p#/proc/}}; done");
            int code = await running[role].WaitForExitAsync(Limits.Exit);
            Assert.True(code == 0, $"the {role} ended with {code}:\n{running[role].Output}");
        }
    }

    /// <summary>Calls the API with the agent's certificate and the key, by the machine's own curl.</summary>
    public Task<(int ExitCode, string Output)> CurlAsync(string path, params string[] arguments) => BareCurlAsync(
        path, ["--cert", folder.Combine("agent.crt"), "--key", folder.Combine("agent.key"), "--header", $"@{folder.Combine("authorization")}", .. arguments]);

    /// <summary>The same without certificate and key.</summary>
    public Task<(int ExitCode, string Output)> BareCurlAsync(string path, params string[] arguments) => Agent.OnNetworkAsync(
        [Curl, "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--cacert", folder.Combine("ca.crt"), "--resolve", $"master:{port}:{address}", .. arguments, $"https://master:{port}{path}"]);

    public async Task<JsonNode> GetAsync(string path, params string[] arguments)
    {
        (int code, string body) = await CurlAsync(path, arguments);
        Assert.True(code == 0, $"curl {path}: exit code {code}:\n{body}");
        return JsonNode.Parse(body)!;
    }

    /// <summary>Submits a job and waits until it is completed.</summary>
    public async Task<JsonNode> EncodeAsync(string job)
    {
        string id = (string)(await GetAsync("/jobs", "--header", "Content-Type: application/json", "--data", job))["id"]!;
        return await Eventually.GetAsync($"job {id}", Limits.Job, async () =>
        {
            JsonNode now = await GetAsync($"/jobs/{id}");
            string status = (string)now["status"]!;
            Assert.False(status is "failed" or "timed_out" or "rejected" or "canceled", now.ToJsonString());
            return status == "completed" ? now : null;
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram program in running.Values)
        {
            await program.DisposeAsync();
        }

        foreach (BareHost host in Hosts)
        {
            await host.DisposeAsync();
        }

        folder.Dispose();
    }

    private async Task ConfigureAsync(BareHost host, string role, string flags)
    {
        string place = $"/etc/encode/{role}";
        foreach (string file in new[] { "ca.crt", $"{role}.crt", $"{role}.key", "keys" })
        {
            File.Copy(folder.Combine(file), host.Combine($"{place}/{file}"));
        }

        await host.ShellAsync($"chown encode-{role}: {place}/* && chmod 600 {place}/*");
        string absolute = FileFlag().Replace(flags, $"$1 {place}/$2");
        string data = role == "master" ? "--db /var/lib/encode-master/master.db --files /var/lib/encode-master/files" : "--work /var/lib/encode-agent/work";
        await File.WriteAllTextAsync(host.Combine($"/etc/encode/{role}.env"), $"ENCODE_{role.ToUpperInvariant()}_FLAGS=\"{absolute} \\\n {data}\"\n");
    }

    private void Start(BareHost host, string role) => running[role] = host.StartShell(commands[role]);

    private void AssertRuns(string role) => Assert.False(running[role].HasExited, $"the {role} ended:\n{running[role].Output}");

    [GeneratedRegex("(--cert|--key|--ca|--api-key-file) (\\S+)")]
    private static partial Regex FileFlag();
}
