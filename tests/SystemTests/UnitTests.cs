using System.Text.Json.Nodes;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>The units under a real systemd, which enforces every line of them: start, encode, reload, upgrade, stop.</summary>
public sealed class UnitTests
{
    private const string Place = "/root/package";
    private const string Key = "0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Master_and_agent_work_within_what_their_units_allow()
    {
        await MinimalRoot.GetAsync("bookworm");
        string tarball = await Tarball.CurrentAsync();
        await using SystemdHost host = await SystemdHost.BootAsync("bookworm");
        await InstallAsync(host, tarball);
        Assert.Equal("disabled\ndisabled\n", (await host.TryShellAsync("systemctl is-enabled encode-master encode-agent")).Output);
        await host.ShellAsync("systemctl enable --now encode-master encode-agent");
        await Eventually.GetAsync("the node", Limits.Start, async () => (await host.TryShellAsync("journalctl -u encode-agent -o cat --no-pager")).Output.Contains("connected to the broker", StringComparison.Ordinal) ? "yes" : null);
        foreach (string codec in new[] { "h264", "hevc", "av1" })
        {
            await EncodeAsync(host, $"360p30-{codec}");
        }

        Assert.Equal("", await host.ShellAsync("systemctl list-units --failed --plain --no-legend 'modprobe@*'"));
        await host.ShellAsync("systemctl reload encode-master encode-agent");
        await EncodeAsync(host, "360p30-h264");
        Assert.Contains("encode-agent is started again", await host.ShellAsync($"{Place}/install.sh"));
        await EncodeAsync(host, "360p30-h264");
        Assert.Contains("process_resident_memory_bytes", await FetchAsync(host, "/metrics", ""));
        await UpgradeToBrokenAsync(host);
        await EncodeAsync(host, "360p30-h264");
        await host.ShellAsync("systemctl stop encode-agent encode-master");
        Assert.Equal("0\n0\n", await host.ShellAsync("systemctl show --value -p ExecMainStatus encode-master; systemctl show --value -p ExecMainStatus encode-agent"));

        await host.ShellAsync("sed -i 's/--register/--registre/' /etc/encode/agent.env; systemctl start encode-agent || true");
        await Eventually.GetAsync("the agent to fail", Limits.Start, async () => (await host.TryShellAsync("systemctl is-failed encode-agent")).ExitCode == 0 ? "yes" : null);
        Assert.Equal("0\n", await host.ShellAsync("systemctl show --value -p NRestarts encode-agent"));
        await host.ShellAsync("systemctl disable encode-agent; systemctl mask encode-master");
        Assert.Contains("is installed in /opt/encode", await host.ShellAsync($"{Place}/install.sh"));
        Assert.Equal("masked\ndisabled\n", (await host.TryShellAsync("systemctl is-enabled encode-master encode-agent")).Output);
        await host.ShellAsync("systemctl unmask encode-master");
        await host.ShellAsync("/opt/encode/uninstall.sh --purge");
        Assert.Equal("", await host.ShellAsync("find / -xdev -name '*encode*' -not -path '/proc/*' -not -path '/sys/*' -not -path '/root/*'"));
    }

    // The samples as they are: encrypted, with a key.
    private static async Task InstallAsync(SystemdHost host, string tarball)
    {
        File.Copy(tarball, host.Combine("/root/package.tar.gz"));
        await host.ShellAsync($"mkdir {Place} && tar -xzf /root/package.tar.gz -C {Place} --strip-components=1 && rm /root/package.tar.gz && {Place}/install.sh");
        await host.ShellAsync($"""
            cd /etc/encode && echo '127.0.0.1 localhost master' >/etc/hosts
            (umask 077; echo '{Key} name=ops' >master/keys; cp master/keys agent/keys)
            master --generate-cert --cert master/master.crt --key master/master.key --hosts master,localhost
            cp master/master.crt agent/ca.crt
            chown encode-master: master/*; chown encode-agent: agent/*
            """);
    }

    // Its master ends at once, as one does that cannot read its data.
    private static async Task UpgradeToBrokenAsync(SystemdHost host)
    {
        string enabled = (await host.TryShellAsync("systemctl is-enabled encode-master encode-agent")).Output;
        using TempFolder folder = new();
        File.Copy(await Tarball.BrokenAsync(folder), host.Combine("/root/broken.tar.gz"));
        (int code, string said) = await host.TryShellAsync("mkdir /root/broken && tar -xzf /root/broken.tar.gz -C /root/broken --strip-components=1 && /root/broken/install.sh; code=$?; rm -r /root/broken*; exit $code");
        Assert.Equal((1, $"install: encode-master did not stay up with {Tarball.BrokenVersion}; {Tarball.Version} is back and runs: journalctl -u encode-master says why\n"), (code, said));
        Assert.StartsWith(Tarball.Version, await host.ShellAsync("master --version"), StringComparison.Ordinal);
        Assert.Equal(enabled, (await host.TryShellAsync("systemctl is-enabled encode-master encode-agent")).Output);
        Assert.Equal("", await host.ShellAsync("ls -d /opt/encode?* 2>/dev/null || true"));
    }

    private static async Task EncodeAsync(SystemdHost host, string scenario)
    {
        JsonNode job = await CurlAsync(host, "/jobs", $"--header 'Content-Type: application/json' --data '{{\"scenario\": \"{scenario}\", \"parameters\": {{\"duration\": 1}}}}'");
        await Eventually.GetAsync($"a job of {scenario}", Limits.Job, async () =>
        {
            JsonNode now = await CurlAsync(host, $"/jobs/{(string)job["id"]!}", "");
            Assert.False((string?)now["status"] is "failed" or "timed_out" or "rejected" or "canceled", now.ToJsonString());
            return (string?)now["status"] == "completed" ? "yes" : null;
        });
    }

    // A master that was started a moment ago does not listen yet: curl tries again, and says so before the answer.
    private static async Task<JsonNode> CurlAsync(SystemdHost host, string path, string arguments)
    {
        string answer = await FetchAsync(host, path, arguments);
        return JsonNode.Parse(answer[answer.IndexOf('{')..])!;
    }

    private static Task<string> FetchAsync(SystemdHost host, string path, string arguments) =>
        host.OnNetworkAsync($"curl --silent --show-error --fail-with-body --noproxy '*' --cacert {host.Combine("/etc/encode/agent/ca.crt")} --resolve master:8443:127.0.0.1 --retry 30 --retry-delay 1 --retry-connrefused --header 'Authorization: Bearer {Key}' {arguments} https://master:8443{path}");
}
