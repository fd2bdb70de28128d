using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// A host that has nothing but a minimal Debian: a copy of a <see cref="MinimalRoot"/> in namespaces of its own. One process holds them; when
/// it is killed the kernel ends everything inside, takes away the mounts and the network.
///
///     test ──starts──► unshare (mounts, processes, network) ──► bash, process 1 of the host
///          ──runs────► nsenter into these ──► chroot into the copy ──► install.sh, master, agent
///          ──runs────► nsenter into the network alone ──► the machine's own curl and ip
/// </summary>
internal sealed class BareHost : IAsyncDisposable
{
    private const string Path = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin";

    private readonly TempFolder folder;
    private readonly RunningProgram holder;
    private readonly bool ownNetwork;
    private readonly int first;

    private BareHost(TempFolder folder, RunningProgram holder, bool ownNetwork)
    {
        this.folder = folder;
        this.holder = holder;
        this.ownNetwork = ownNetwork;
        first = ProcessTable.ChildOf(holder.Id, "bash");
    }

    /// <summary>The copy, as this machine sees it.</summary>
    public string Root => folder.Combine("root");

    /// <summary>Copies a release's root and starts a host on it; skips the running test where this machine does not allow that.</summary>
    /// <param name="release">Debian's code name.</param>
    /// <param name="ownNetwork">Whether it has a network of its own, with nothing but loopback at first.</param>
    public static async Task<BareHost> StartAsync(string release, bool ownNetwork)
    {
        string cached = await MinimalRoot.GetAsync(release);
        TempFolder folder = new();
        RunningProgram? holder = null;
        try
        {
            holder = await BootAsync(cached, folder.Combine("root"), ownNetwork);
            return new BareHost(folder, holder, ownNetwork);
        }
        catch
        {
            await (holder?.DisposeAsync() ?? ValueTask.CompletedTask);
            folder.Dispose();
            throw;
        }
    }

    private static async Task<RunningProgram> BootAsync(string cached, string root, bool ownNetwork)
    {
        await RunAsync("/bin/cp", "--archive", "--reflink=auto", cached, root);

        // Debian 13's apt brings a libssl along; our programs must not need it.
        File.Delete(System.IO.Path.Combine(root, "usr/lib/x86_64-linux-gnu/libssl.so.3"));
        string mounts = $"set -e; mount --make-rprivate /; mount -t proc proc {root}/proc; echo ready; sleep infinity & wait";
        RunningProgram holder = RunningProgram.Start(
            "/usr/bin/unshare", ["--mount", "--pid", .. (string[])(ownNetwork ? ["--net"] : []), "--fork", "--kill-child", "bash", "-c", mounts]);
        try
        {
            await holder.WaitForLineAsync(line => line == "ready", Limits.Start);
            return holder;
        }
        catch (TimeoutException error)
        {
            await holder.DisposeAsync();
            Assert.Skip($"this machine lets nobody make namespaces: {error.Message}");
            throw;
        }
    }

    /// <summary>Whether this machine lets a test have networks of its own.</summary>
    public static async Task<bool> CanHaveNetworksAsync() =>
        File.Exists("/usr/sbin/ip") && (await RunningProgram.RunAsync("/usr/bin/unshare", ["--net", "/usr/sbin/ip", "link", "set", "lo", "up"], Limits.Start)).ExitCode == 0
        && (await RunningProgram.RunAsync("/usr/bin/unshare", ["--net", "/usr/sbin/ip", "link", "add", "name", "eth0", "type", "veth", "peer", "name", "eth1"], Limits.Start)).ExitCode == 0;

    /// <summary>Joins two hosts by a cable; the first is 10.20.30.1, the second 10.20.30.2.</summary>
    public static async Task ConnectAsync(BareHost one, BareHost other)
    {
        await one.IpAsync("link", "add", "name", "eth0", "type", "veth", "peer", "name", "eth0", "netns", $"{other.first}");
        foreach ((BareHost host, int number) in new[] { (one, 1), (other, 2) })
        {
            await host.IpAsync("address", "add", $"10.20.30.{number}/24", "dev", "eth0");
            await host.IpAsync("link", "set", "eth0", "up");
            await host.IpAsync("link", "set", "lo", "up");
        }
    }

    /// <summary>A path inside, as this machine sees it.</summary>
    public string Combine(string inside) => System.IO.Path.Combine(Root, inside.TrimStart('/'));

    /// <summary>Runs a shell command inside and expects it to succeed.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> ShellAsync(string command)
    {
        (int code, string output) = await TryShellAsync(command);
        Assert.True(code == 0, $"{command}: exit code {code}:\n{output}");
        return output;
    }

    /// <summary>Runs a shell command inside.</summary>
    public Task<(int ExitCode, string Output)> TryShellAsync(string command) => RunningProgram.RunAsync("/usr/bin/nsenter", Inside(command), Limits.Job);

    /// <summary>Starts a shell command inside that goes on running.</summary>
    public RunningProgram StartShell(string command) => RunningProgram.Start("/usr/bin/nsenter", Inside(command));

    /// <summary>Runs one of this machine's programs on the host's network.</summary>
    public Task<(int ExitCode, string Output)> OnNetworkAsync(params string[] command) =>
        RunningProgram.RunAsync("/usr/bin/nsenter", ["--target", $"{first}", .. (string[])(ownNetwork ? ["--net"] : []), "--", .. command], Limits.Job);

    /// <summary>Every file, link and folder of the host, with its mode, its owner and what tells its content; without what is mounted and without /tmp.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync()
    {
        string list = await ShellAsync(
            "cd / && find . -xdev \\( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./run \\) -prune -o -printf '%y%m %U:%G %l  %p\\n' -type f -exec sha256sum {} +");
        return list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  .", 2)).GroupBy(parts => parts[1].TrimStart('/'), parts => parts[0])
            .ToDictionary(file => file.Key, file => string.Join(' ', file.Order(StringComparer.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        await holder.DisposeAsync();
        await Eventually.IsTrueAsync("the end of everything inside", Limits.Exit, () => !ProcessTable.Runs(first));
        folder.Dispose();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        (int code, string output) = await RunningProgram.RunAsync(program, arguments, Limits.Job);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: exit code {code}:\n{output}");
    }

    private async Task IpAsync(params string[] arguments)
    {
        (int code, string output) = await OnNetworkAsync(["/usr/sbin/ip", .. arguments]);
        Assert.True(code == 0, $"ip {string.Join(' ', arguments)}: exit code {code}:\n{output}");
    }

    // Nothing of the test's own environment: a service has none of it either.
    private string[] Inside(string command) =>
    [
        "--target", $"{first}", "--mount", "--pid", .. (string[])(ownNetwork ? ["--net"] : []), "--",
        "/usr/sbin/chroot", Root, "/usr/bin/env", "--ignore-environment", $"PATH={Path}", "HOME=/root", "/bin/bash", "-c", command,
    ];
}
