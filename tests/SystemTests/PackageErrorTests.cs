namespace Encode.SystemTests;

/// <summary>What install.sh and uninstall.sh refuse: one line each, and nothing is touched.</summary>
public sealed class PackageErrorTests
{
    private const string Place = "/tmp/package";

    [Fact]
    public async Task What_cannot_be_installed_is_told_in_one_line_and_changes_nothing()
    {
        await using BareHost host = await UnpackedAsync();
        IReadOnlyDictionary<string, string> before = await host.ListAsync();

        await RefusedAsync(host, "setpriv --reuid 65534 ./install.sh", "install: installing needs root; run: sudo ./install.sh");
        await RefusedAsync(host, "./install.sh --everything", "install: --everything is no option; usage: install.sh [--master] [--agent]");
        await RefusedAsync(host, "setarch i686 ./install.sh", "install: these programs are for Linux on x86_64; this host is Linux on i686");
        await RefusedAsync(host, "mount -t tmpfs -o size=20m tmpfs /opt; ./install.sh; code=$?; umount /opt; exit $code", "install: /opt has 20 MiB free, installing needs");
        await RefusedAsync(host, "mv /usr/sbin/useradd /tmp/; ./install.sh; code=$?; mv /tmp/useradd /usr/sbin/; exit $code", "install: there is no user encode-master and no useradd to make it: install the package passwd");
        await RefusedAsync(host, "printf x | dd of=bin/agent bs=1 seek=1000000 conv=notrunc status=none; ./install.sh", "install: bin/agent is not as it was packed: this copy is damaged; unpack the tarball again");
        await RefusedAsync(host, "rm LICENSES/sqlite/LICENSE.md bin/agent; ./install.sh", "install: LICENSES/sqlite/LICENSE.md is not as it was packed");
        await RefusedAsync(host, "rm SHA256SUMS; ./install.sh", $"install: {Place} has no SHA256SUMS: run the install.sh of an unpacked tarball");
        await RefusedAsync(host, "setpriv --reuid 65534 ./uninstall.sh", "uninstall: removing needs root; run: sudo /opt/encode/uninstall.sh");
        await RefusedAsync(host, "./uninstall.sh --all", "uninstall: --all is no option; usage: uninstall.sh [--purge]");

        IReadOnlyDictionary<string, string> after = await host.ListAsync();
        Assert.Equal(before.OrderBy(file => file.Key, StringComparer.Ordinal), after.OrderBy(file => file.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Installing_again_changes_nothing_and_a_program_of_another_maker_stays()
    {
        await using BareHost host = await UnpackedAsync();
        await File.WriteAllTextAsync(host.Combine("/usr/local/bin/bench"), "theirs");
        string first = await host.ShellAsync($"cd {Place} && ./install.sh");
        Assert.Contains("note: /usr/local/bin/bench is another program and stays; ours is /opt/encode/bin/bench", first);
        IReadOnlyDictionary<string, string> before = await host.ListAsync();
        Assert.Contains($"is installed in /opt/encode; before it was {Tarball.Version}", await host.ShellAsync($"cd {Place} && ./install.sh"));
        IReadOnlyDictionary<string, string> after = await host.ListAsync();

        // Whoever is added to a group again finds the account files' former versions replaced.
        Assert.Equal(Lasting(before), Lasting(after));
        Assert.Equal("700 encode-master|750 root|600 root|600 root", string.Join('|', (await host.ShellAsync("stat -c '%a %U' /var/lib/encode-master /etc/encode/master /etc/encode/master.env /etc/encode/agent.env")).TrimEnd().Split('\n')));
        await host.ShellAsync("/opt/encode/uninstall.sh");
        Assert.Equal("theirs", await File.ReadAllTextAsync(host.Combine("/usr/local/bin/bench")));
    }

    private static IEnumerable<KeyValuePair<string, string>> Lasting(IReadOnlyDictionary<string, string> list) =>
        list.Where(file => !file.Key.StartsWith("etc/", StringComparison.Ordinal) || !file.Key.EndsWith('-')).OrderBy(file => file.Key, StringComparer.Ordinal);

    private static async Task<BareHost> UnpackedAsync()
    {
        await MinimalRoot.GetAsync("bookworm");
        string tarball = await Tarball.CurrentAsync();
        BareHost host = await BareHost.StartAsync("bookworm", ownNetwork: false);
        File.Copy(tarball, host.Combine("/tmp/package.tar.gz"));
        await host.ShellAsync($"mkdir {Place} && tar -xzf /tmp/package.tar.gz -C {Place} --strip-components=1");
        return host;
    }

    private static async Task RefusedAsync(BareHost host, string command, string line)
    {
        (int code, string output) = await host.TryShellAsync($"cd {Place}; {command}");
        Assert.True(code == 1 && output.StartsWith(line, StringComparison.Ordinal) && output.TrimEnd().Split('\n').Length == 1, $"{command}: exit code {code}:\n{output}\nwanted: {line}");
    }
}
