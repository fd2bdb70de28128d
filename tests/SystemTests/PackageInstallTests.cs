using System.Diagnostics;
using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The tarball on hosts that have nothing else: install, encode, upgrade, uninstall. Debian 12 and 13 take turns as master and agent.</summary>
public sealed class PackageInstallTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_firstJobLimit = TimeSpan.FromSeconds(60);

    // What adding and removing a user leaves of its own: the files' former versions.
    private static readonly string[] s_accountBackups = ["etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-"];
    private static readonly string[] s_accounts = ["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid"];

    [Theory]
    [InlineData("bookworm", "trixie")]
    [InlineData("trixie", "bookworm")]
    public async Task Install_encode_upgrade_and_uninstall_leave_nothing_but_data(string masterRelease, string agentRelease)
    {
        await MinimalRoot.GetAsync(masterRelease);
        string older = await Tarball.OlderAsync(), current = await Tarball.CurrentAsync();
        await using InstalledFarm farm = await InstalledFarm.CreateAsync(masterRelease, agentRelease, output);
        Dictionary<BareHost, IReadOnlyDictionary<string, string>> pristine = await ListAsync(farm);
        using TempFolder folder = new();
        string clip = await Clip.MakeAsync(folder.Combine("clip.mp4"));

        JsonNode first = await FirstJobAsync(farm, older, clip, $"master on {masterRelease}, agent on {agentRelease}");
        await CheckAsync(farm, folder);
        Assert.NotEqual(0, (await farm.BareCurlAsync("/health")).ExitCode);

        Dictionary<BareHost, IReadOnlyDictionary<string, string>> configured = await ListAsync(farm);
        await UpgradeAsync(farm, current, configured);
        Assert.Equal("completed", (string?)(await farm.GetAsync($"/jobs/{(string)first["id"]!}"))["status"]);
        await farm.EncodeAsync("""{"scenario": "360p30-h264", "parameters": {"duration": 1}}""");
        Assert.Single((await farm.GetAsync("/nodes"))["nodes"]!.AsArray());

        await farm.StopAsync();
        await UninstallAsync(farm, pristine);
    }

    private async Task<JsonNode> FirstJobAsync(InstalledFarm farm, string tarball, string clip, string where)
    {
        long start = Stopwatch.GetTimestamp();
        await farm.InstallAsync(tarball);
        await farm.ConfigureAsync();
        await farm.StartAsync();
        await farm.GetAsync("/files/clip.mp4", "--upload-file", clip);
        JsonNode job = await farm.EncodeAsync("""{"scenario": "360p30-h264", "input": {"url": "upload:clip.mp4"}, "output": {"url": "upload:out.mp4"}}""");
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        output.WriteLine($"figure: from install.sh to the first completed job, {where}: {took.TotalSeconds:F1} s (limit {s_firstJobLimit.TotalSeconds:F0} s)");
        Assert.InRange(took, TimeSpan.Zero, s_firstJobLimit);
        return job;
    }

    private static async Task CheckAsync(InstalledFarm farm, TempFolder folder)
    {
        string result = folder.Combine("out.mp4");
        (int code, string said) = await farm.CurlAsync("/files/out.mp4", "--output", result);
        Assert.True(code == 0, said);
        Assert.Equal(60, await Clip.CountFramesAsync(result));
        Assert.Equal(("h264", "360"), (await Clip.VideoAsync(result, "codec_name"), await Clip.VideoAsync(result, "height")));
        Assert.Equal("aac", await Clip.AudioAsync(result, "codec_name"));
    }

    // What runs is not replaced under its own feet; then the same install.sh as the first time.
    private static async Task UpgradeAsync(InstalledFarm farm, string current, Dictionary<BareHost, IReadOnlyDictionary<string, string>> configured)
    {
        Assert.StartsWith(Tarball.OlderVersion, await farm.Master.ShellAsync("master --version"), StringComparison.Ordinal);
        (int refused, string reason) = await farm.Master.TryShellAsync($"/tmp/encode-{Tarball.OlderVersion}-linux-x64/install.sh");
        Assert.Equal(1, refused);
        Assert.Matches("^install: /opt/encode/bin/(master|nats-server) runs as process [0-9]+ and was not started by systemd: stop it, then install\n$", reason);

        await farm.StopAsync();
        await farm.InstallAsync(current);
        Assert.StartsWith(Tarball.Version, await farm.Master.ShellAsync("master --version"), StringComparison.Ordinal);
        foreach ((BareHost host, IReadOnlyDictionary<string, string> now) in await ListAsync(farm))
        {
            IEnumerable<string> kept = configured[host].Keys.Where(path => path.StartsWith("etc/", StringComparison.Ordinal) && !s_accountBackups.Contains(path));
            Assert.All(kept, path => Assert.True(configured[host][path] == now.GetValueOrDefault(path), $"{path} was changed by the upgrade"));
        }

        await farm.StartAsync();
        Assert.Equal(Tarball.Sha256(Published.Master), (await farm.Master.ShellAsync("for p in /proc/[0-9]*; do [ \"$(readlink $p/exe)\" != /opt/encode/bin/master ] || sha256sum <$p/exe; done"))[..64]);
    }

    private static async Task UninstallAsync(InstalledFarm farm, Dictionary<BareHost, IReadOnlyDictionary<string, string>> pristine)
    {
        foreach (BareHost host in farm.Hosts)
        {
            await host.ShellAsync("/opt/encode/uninstall.sh");
        }

        foreach ((BareHost host, IReadOnlyDictionary<string, string> left) in await ListAsync(farm))
        {
            IEnumerable<string> strange = Changes(pristine[host], left).Where(path => !IsDataOrConfiguration(path) && !s_accounts.Contains(path) && !s_accountBackups.Contains(path));
            Assert.Empty(strange);
        }

        Assert.True(File.Exists(farm.Master.Combine("/var/lib/encode-master/master.db")), "the database is gone");
        Assert.True(File.Exists(farm.Agent.Combine("/etc/encode/agent/agent.key")), "the agent's key is gone");
        foreach (BareHost host in farm.Hosts)
        {
            await host.ShellAsync($"/tmp/encode-{Tarball.Version}-linux-x64/uninstall.sh --purge");
        }

        foreach ((BareHost host, IReadOnlyDictionary<string, string> left) in await ListAsync(farm))
        {
            string[] strange = [.. Changes(pristine[host], left).Where(path => path != "etc/hosts" && !s_accountBackups.Contains(path))];
            Assert.Empty(strange);
        }
    }

    // The test wrote /etc/hosts itself.
    private static bool IsDataOrConfiguration(string path) =>
        path is "etc/encode" or "etc/hosts" || path.StartsWith("etc/encode/", StringComparison.Ordinal)
        || path.StartsWith("var/lib/encode-master", StringComparison.Ordinal) || path.StartsWith("var/lib/encode-agent", StringComparison.Ordinal);

    private static IEnumerable<string> Changes(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
        before.Keys.Union(after.Keys).Where(path => before.GetValueOrDefault(path) != after.GetValueOrDefault(path)).Order(StringComparer.Ordinal);

    private static async Task<Dictionary<BareHost, IReadOnlyDictionary<string, string>>> ListAsync(InstalledFarm farm)
    {
        Dictionary<BareHost, IReadOnlyDictionary<string, string>> lists = [];
        foreach (BareHost host in farm.Hosts)
        {
            lists[host] = await host.ListAsync();
        }

        return lists;
    }
}
