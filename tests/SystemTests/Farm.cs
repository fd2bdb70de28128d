using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// A master and its agents as an operator starts them: the published files, a private folder, loopback ports. Each can be
/// killed and started again by a test; closing the farm ends what still runs and removes the folder.
/// </summary>
internal sealed class Farm : IAsyncDisposable
{
    private const int PortTries = 3;

    private readonly FarmOptions options;
    private readonly TempFolder folder = new();
    private readonly string key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
    private int brokerPort;
    private readonly List<RunningProgram> ended = [];

    private Farm(FarmOptions options)
    {
        this.options = options;
        Media = folder.CreateFolder("media");
        File.WriteAllText(KeyFile, key + " name=test\n");
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public int Port { get; private set; }

    public string Url => $"{(options.Tls ? "https" : "http")}://localhost:{Port}";

    /// <summary>The folder that `file:` URLs may name on every agent.</summary>
    public string Media { get; }

    public string Folder => folder.Path;

    public RunningProgram Master { get; private set; } = null!;

    public List<RunningProgram> Agents { get; } = [];

    public MasterClient Client { get; private set; } = null!;

    public string WorkOf(int agent) => Path.Combine(options.Work ?? folder.Path, $"work{agent}");

    public string FilesFolder => options.Files ?? folder.Combine("files");

    public string Certificate => folder.Combine("master.crt");

    public string KeyFile => folder.Combine("api.key");

    /// <summary>The API key; empty when the farm has none.</summary>
    public string Key => options.Key ? key : "";

    public string Database => folder.Combine("master.db");

    /// <summary>Everything that every program of the farm has printed, those that were killed too.</summary>
    public string Output => string.Concat(ended.Append(Master).Concat(Agents).Select(program => program.Output));

    public static async Task<Farm> StartAsync(FarmOptions? options = null)
    {
        Farm farm = new(options ?? new FarmOptions());
        try
        {
            await farm.StartAllAsync();
            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    public async Task StartMasterAsync()
    {
        Master = RunningProgram.Start(Published.Master, MasterFlags(), folder.Path);
        await Eventually.GetAsync("the master's /health", Limits.Start, async () =>
        {
            Assert.False(Master.HasExited, $"the master ended at its start:\n{Master.Output}");
            return await Client.TryHealthAsync() == HttpStatusCode.OK ? "ok" : null;
        });
    }

    public RunningProgram StartAgent(int index)
    {
        List<string> flags =
        [
            "--register", "--master", Url, "--name", $"host{index}", "--work", WorkOf(index), "--media-root", Media,
            "--heartbeat-interval", options.HeartbeatInterval, "--poll-interval", "1s", "--slots", "1", .. options.AgentFlags,
        ];
        if (options.Tls)
        {
            flags.AddRange(["--ca", Certificate]);
        }

        if (options.Key)
        {
            flags.AddRange(["--api-key-file", KeyFile]);
        }

        RunningProgram agent = RunningProgram.Start(Published.Agent, flags, folder.Path, options.AgentEnvironment);
        if (index < Agents.Count)
        {
            ended.Add(Agents[index]);
            Agents[index] = agent;
        }
        else
        {
            Agents.Add(agent);
        }

        return agent;
    }

    public Task WaitForNodesAsync(int count) => Eventually.GetAsync($"{count} online nodes", Limits.Start, async () =>
    {
        string? dead = Agents.Find(agent => agent.HasExited)?.Output;
        Assert.True(dead is null, $"an agent ended:\n{dead}");
        return await Client.OnlineNodesAsync() >= count ? "ok" : null;
    });

    public async Task KillMasterAsync()
    {
        Master.Signal(9);
        await Master.WaitForExitAsync(Limits.Exit);
        ended.Add(Master);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram program in Agents.Append(Master).Concat(ended).OfType<RunningProgram>())
        {
            await program.DisposeAsync();
        }

        Client?.Dispose();
        folder.Dispose();
    }

    private async Task StartAllAsync()
    {
        if (options.Tls)
        {
            (int code, string output) = await RunningProgram.RunAsync(
                Published.Master, ["--generate-cert", "--cert", Certificate, "--key", folder.Combine("master.key"), "--hosts", "localhost,127.0.0.1"], Limits.Start);
            Assert.True(code == 0, output);
        }

        X509Certificate2? certificate = options.Tls ? X509CertificateLoader.LoadCertificateFromFile(Certificate) : null;
        await StartMasterOnFreePortsAsync(certificate);
        for (int i = 0; i < options.Agents; i++)
        {
            StartAgent(i);
        }

        await WaitForNodesAsync(options.Agents);
    }

    /// <summary>A port that is free may be taken before the master binds it; then two others are tried.</summary>
    private async Task StartMasterOnFreePortsAsync(X509Certificate2? certificate)
    {
        for (int tries = 1; ; tries++)
        {
            Client?.Dispose();
            (Port, brokerPort) = (LoopbackServer.FreePort(), LoopbackServer.FreePort());
            Client = new MasterClient(Url, options.Key ? key : null, certificate);
            try
            {
                await StartMasterAsync();
                return;
            }
            catch (Exception) when (tries < PortTries && Master.HasExited && Master.Output.Contains("in use", StringComparison.Ordinal))
            {
                ended.Add(Master);
            }
        }
    }

    private List<string> MasterFlags()
    {
        List<string> flags = ["--port", $"{Port}", "--bind", "127.0.0.1", "--db", Database, "--files", FilesFolder, .. options.MasterFlags];
        flags.AddRange(options.Nats.Count > 0 ? options.Nats : ["--nats-port", $"{brokerPort}"]);
        if (options.Tls)
        {
            flags.AddRange(["--tls", "--cert", Certificate, "--key", folder.Combine("master.key")]);
        }

        if (options.Key)
        {
            flags.AddRange(["--api-key-file", KeyFile]);
        }

        return flags;
    }
}
