using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// A bare Debian with a systemd of its own, booted in namespaces: what the units say is enforced as on a host. systemd needs a control group
/// to itself, which is made below the test's and removed with the host.
/// </summary>
internal sealed class SystemdHost : IAsyncDisposable
{
    private const string Packages = "systemd,systemd-sysv,dbus";

    // Until the copy is its root, the first process sees this machine's files: nothing may be run there.
    private const string Marker = "/this-is-the-copy";
    private const int NotThere = 99;

    private readonly TempFolder folder;
    private readonly string group;
    private readonly RunningProgram holder;
    private int first;

    private SystemdHost(TempFolder folder, string group, RunningProgram holder) => (this.folder, this.group, this.holder) = (folder, group, holder);

    /// <summary>Boots; skips the running test, saying why, where this machine does not allow that.</summary>
    public static async Task<SystemdHost> BootAsync(string release)
    {
        string cached = await MinimalRoot.GetAsync(release, Packages);
        string? groups = ControlGroups();
        Assert.SkipUnless(groups is not null, "this machine has no control groups of version 2 that a test may write");
        TempFolder folder = new();
        string root = folder.Combine("root"), group = Path.Combine(groups, Path.GetFileName(folder.Path));
        try
        {
            await PrepareAsync(cached, root, group);
        }
        catch
        {
            folder.Dispose();
            throw;
        }

        RunningProgram holder = RunningProgram.Start("/bin/bash", ["-c", Boot(root, group)]);
        SystemdHost host = new(folder, group, holder);
        try
        {
            await host.WaitUntilRunningAsync();
            return host;
        }
        catch (Exception error)
        {
            await host.DisposeAsync();
            Assert.SkipWhen(error is TimeoutException, $"systemd does not boot in namespaces of this machine: {error.Message}\n{holder.Output}");
            throw;
        }
    }

    private static async Task PrepareAsync(string cached, string root, string group)
    {
        (int code, string output) = await RunningProgram.RunAsync("/bin/cp", ["--archive", "--reflink=auto", cached, root], Limits.Job);
        Assert.True(code == 0, output);
        File.Create(root + Marker).Dispose();
        try
        {
            Directory.CreateDirectory(group);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"this machine lets nobody make a control group: {error.Message}");
        }
    }

    /// <summary>A path inside, as this machine sees it.</summary>
    public string Combine(string inside) => folder.Combine("root", inside.TrimStart('/'));

    /// <summary>Runs a shell command inside and expects it to succeed.</summary>
    public async Task<string> ShellAsync(string command)
    {
        (int code, string output) = await TryShellAsync(command);
        Assert.True(code == 0, $"{command}: exit code {code}:\n{output}");
        return output;
    }

    /// <summary>Runs a shell command inside.</summary>
    public Task<(int ExitCode, string Output)> TryShellAsync(string command) => RunningProgram.RunAsync(
        "/usr/bin/nsenter",
        ["--target", $"{first}", "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--", "/usr/bin/env", "--ignore-environment", "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", "/bin/bash", "-c", $"[ -e {Marker} ] || exit {NotThere}\n{command}"],
        Limits.Job,
        "/");

    /// <summary>Runs one of this machine's programs on the host's network and expects it to succeed.</summary>
    public async Task<string> OnNetworkAsync(string command)
    {
        (int code, string output) = await RunningProgram.RunAsync("/usr/bin/nsenter", ["--target", $"{first}", "--net", "--", "/bin/bash", "-c", command], Limits.Job);
        Assert.True(code == 0, $"{command}: exit code {code}:\n{output}");
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        await holder.DisposeAsync();
        if (first > 0)
        {
            await Eventually.IsTrueAsync("the end of everything inside", Limits.Exit, () => !ProcessTable.Runs(first));
        }

        await Eventually.IsTrueAsync("the control group to be empty", Limits.Exit, TryRemoveGroup);
        folder.Dispose();
    }

    private async Task WaitUntilRunningAsync()
    {
        await Eventually.GetAsync("systemd", Limits.Start, async () =>
        {
            first = holder.HasExited ? throw new TimeoutException("it ended") : ProcessTable.OnlyChildOf(holder.Id);
            return first > 0 && (await TryShellAsync("systemctl is-system-running --wait")).Output.Trim() is "running" or "degraded" ? "yes" : null;
        });
    }

    // Only leaves can be removed, and only when the last process is gone from them.
    private bool TryRemoveGroup()
    {
        if (!Directory.Exists(group))
        {
            return true;
        }

        try
        {
            foreach (string below in Directory.EnumerateDirectories(group, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(group))
            {
                Directory.Delete(below);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Boot(string root, string group) => $"""
        set -e
        echo $$ >{group}/cgroup.procs
        exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child bash -ec '
        mount --make-rprivate /
        mount --bind {root} {root}
        mount -t proc proc {root}/proc
        mount -t sysfs sysfs {root}/sys
        mount -t cgroup2 cgroup2 {root}/sys/fs/cgroup
        mount -t tmpfs tmpfs {root}/run
        cd {root}
        pivot_root . mnt
        umount -l /mnt
        exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=console --log-level=warning systemd.unit=multi-user.target'
        """;

    /// <summary>Where version 2 of the control groups is mounted, if it can be written.</summary>
    private static string? ControlGroups() => File.ReadLines("/proc/self/mounts").Select(line => line.Split(' '))
        .Where(parts => parts[2] == "cgroup2" && parts[3].Split(',').Contains("rw")).Select(parts => parts[1]).FirstOrDefault();
}
