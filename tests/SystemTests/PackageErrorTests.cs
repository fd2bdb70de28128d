namespace Encode.SystemTests;

/// <summary>What install.sh and uninstall.sh refuse, one line each, and what they make of hosts that are not as they expect.</summary>
public sealed class PackageErrorTests
{
    private const string Place = "/tmp/package";

    [Fact]
    public async Task What_cannot_be_installed_is_told_in_one_line_and_changes_nothing()
    {
        await using BareHost host = await UnpackedAsync();
        IReadOnlyDictionary<string, string> before = await host.ListAsync();

        await RefusedAsync(host, "setpriv --reuid 65534 ./install.sh", "install: installing needs root; run: sudo ./install.sh");
        await RefusedAsync(host, "./install.sh --everything", "install: --everything is no option; usage: install.sh [--master] [--agent] [--force]");
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

    [Fact]
    public async Task Whoever_keeps_his_files_to_himself_installs_programs_that_the_services_can_run()
    {
        await using BareHost host = await UnpackedAsync();
        await host.ShellAsync($"cd {Place} && ./install.sh && rm -r /etc/encode");
        IReadOnlyDictionary<string, string> usual = await host.ListAsync();
        await host.ShellAsync($"/opt/encode/uninstall.sh --purge && cd {Place} && chmod -R go= . && umask 077 && PATH=/usr/local/bin:/usr/bin:/bin ./install.sh");
        Assert.StartsWith(Tarball.Version, await host.ShellAsync("setpriv --reuid encode-agent --regid encode-agent --clear-groups /opt/encode/bin/agent --version"), StringComparison.Ordinal);
        await host.ShellAsync("rm -r /etc/encode");
        Assert.Equal(Lasting(usual).Where(file => file.Key.StartsWith("opt", StringComparison.Ordinal)), Lasting(await host.ListAsync()).Where(file => file.Key.StartsWith("opt", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Data_and_keys_of_a_system_that_numbered_its_users_otherwise_are_taken_over()
    {
        await using BareHost host = await UnpackedAsync();
        await host.ShellAsync($"""
            mkdir -p /var/lib/encode-master/files /etc/encode/master && cd /etc/encode/master
            touch /var/lib/encode-master/master.db /etc/encode/master/keys /etc/encode/master/ca.crt /tmp/theirs
            ln -s /tmp/theirs /var/lib/encode-master/files/link
            chown -R -h 4242:4343 /var/lib/encode-master . && chown root . ca.crt && chmod 600 keys && {Place}/install.sh
            """);
        string owners = await host.ShellAsync("cd /var/lib/encode-master && stat -c '%U:%G' . files files/link master.db /tmp/theirs /etc/encode/master /etc/encode/master/keys /etc/encode/master/ca.crt");
        const string Master = "encode-master:encode-master";
        Assert.Equal([Master, Master, Master, Master, "root:root", "root:encode-master", Master, "root:encode-master"], owners.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task An_older_version_is_installed_only_when_that_is_asked_for()
    {
        await using BareHost host = await UnpackedAsync();
        await host.ShellAsync($"cd {Place} && ./install.sh");
        File.Copy(await Tarball.OlderAsync(), host.Combine("/tmp/older.tar.gz"));
        await host.ShellAsync($"rm -r {Place}/* && tar -xzf /tmp/older.tar.gz -C {Place} --strip-components=1");
        await RefusedAsync(host, "./install.sh", $"install: {Tarball.Version} is installed and this is the older {Tarball.OlderVersion}, which may not read its data: keep it, or install with --force");
        Assert.Contains($"Encode {Tarball.OlderVersion} is installed", await host.ShellAsync($"{Place}/install.sh --force"));
    }

    [Fact]
    public async Task Purging_checks_its_tools_first_and_one_failure_does_not_keep_the_rest()
    {
        await using BareHost host = await UnpackedAsync();
        await host.ShellAsync($"cd {Place} && ./install.sh");
        await RefusedAsync(host, "mv /usr/sbin/userdel /tmp/; ./uninstall.sh --purge; code=$?; mv /tmp/userdel /usr/sbin/; exit $code", "uninstall: there is no userdel to remove the users");
        Assert.StartsWith(Tarball.Version, await host.ShellAsync("master --version"), StringComparison.Ordinal);

        (int code, string said) = await host.TryShellAsync($"mount -t tmpfs tmpfs /etc/encode/agent; PATH=/usr/local/bin:/usr/bin:/bin {Place}/uninstall.sh --purge; code=$?; umount /etc/encode/agent; exit $code");
        Assert.Equal(1, code);
        Assert.EndsWith("uninstall: Encode is removed, but not /etc/encode: the lines above say why\n", said, StringComparison.Ordinal);
        Assert.Equal("", await host.ShellAsync("getent passwd encode-master encode-agent; ls -d /opt/encode /var/lib/encode-* 2>/dev/null || true"));
    }

    private static IEnumerable<KeyValuePair<string, string>> Lasting(IReadOnlyDictionary<string, string> list) =>
        list.Where(file => !file.Key.StartsWith("etc/", StringComparison.Ordinal) || !file.Key.EndsWith('-')).OrderBy(file => file.Key, StringComparer.Ordinal);

    private static async Task<BareHost> UnpackedAsync()
    {
        await MinimalRoot.GetAsync("bookworm");
        string tarball = await Tarball.CurrentAsync();
        BareHost host = await BareHost.StartAsync("bookworm", ownNetwork: false);
        try
        {
            File.Copy(tarball, host.Combine("/tmp/package.tar.gz"));
            await host.ShellAsync($"mkdir {Place} && tar -xzf /tmp/package.tar.gz -C {Place} --strip-components=1");
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    private static async Task RefusedAsync(BareHost host, string command, string line)
    {
        (int code, string output) = await host.TryShellAsync($"cd {Place}; {command}");
        Assert.True(code == 1 && output.StartsWith(line, StringComparison.Ordinal) && output.TrimEnd().Split('\n').Length == 1, $"{command}: exit code {code}:\n{output}\nwanted: {line}");
    }
}
