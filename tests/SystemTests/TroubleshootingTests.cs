using System.Text.RegularExpressions;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>Every line in the README's table of troubles is one that the published programs print when that trouble is there, and none prints a stack trace.</summary>
public sealed class TroubleshootingTests
{
    private const string Key = "--api-key";

    /// <summary>How each line is brought about; after it the line stands in the output of a program within a moment.</summary>
    private static readonly Dictionary<string, Func<Trouble, Task>> Provocations = new(StringComparer.Ordinal)
    {
        ["listen at …: the port is in use"] = async t =>
        {
            await t.MasterAsync();
            await t.MasterAsync("--nats-port", $"{LoopbackServer.FreePort()}", "--db", t.In("2.db"), "--files", t.In("files2"));
        },
        ["start the broker: …"] = async t =>
        {
            await t.MasterAsync();
            await t.MasterAsync("--port", $"{LoopbackServer.FreePort()}", "--db", t.In("2.db"), "--files", t.In("files2"));
        },
        ["another master … uses it; stop that one or name another --db"] = async t =>
        {
            await t.MasterAsync();
            await t.MasterAsync("--port", $"{LoopbackServer.FreePort()}", "--nats-port", $"{LoopbackServer.FreePort()}", "--files", t.In("files2"));
        },
        ["there is no such file; 'master --generate-cert' makes a pair"] = t => t.MasterAsync(t.Tls("nothing")),
        ["it does not belong to the certificate"] = t => t.MasterAsync("--tls", "--cert", t.In("master.crt"), "--key", t.In("agent.key")),
        ["it expired at"] = t => t.MasterAsync(t.Tls("ended")),
        ["it is not valid before"] = t => t.MasterAsync(t.Tls("early")),
        ["it is encrypted and nobody is there to type the password"] = async t =>
        {
            await t.Start("openssl", ["pkey", "-in", t.In("master.key"), "-aes256", "-passout", "pass:x", "-out", t.In("locked.key")]).WaitForExitAsync(Limits.Exit);
            await t.MasterAsync("--tls", "--cert", t.In("master.crt"), "--key", t.In("locked.key"));
        },
        ["expires in … days"] = t => t.MasterAsync(t.Tls("ending")),
        ["others on this host may use the file"] = async t =>
        {
            File.SetUnixFileMode(t.In("master.key"), (UnixFileMode)0b110_100_100);
            await t.MasterAsync(t.Tls());
        },
        ["has fewer than 32 characters and may be guessed"] = t => t.MasterAsync(Key, "secret-key-123"),
        ["--mtls needs --ca FILE"] = t => t.MasterAsync([.. t.Tls(), "--mtls"]),
        ["NO API KEY"] = t => t.MasterAsync(),
        ["not to the Host of this request"] = async t =>
        {
            await t.MasterAsync();
            await t.Start("curl", ["-sS", "-H", "Host: elsewhere.example", $"http://127.0.0.1:{t.Port}/jobs"]).WaitForExitAsync(Limits.Exit);
        },
        ["the database is in memory"] = t => t.MasterAsync("--db", ""),
        ["does not chain to"] = async t =>
        {
            await SecureMasterAsync(t);
            t.Agent("--ca", t.In("stranger.crt"), Key, Trouble.ApiKey);
        },
        ["is for another name"] = async t =>
        {
            await t.MasterAsync([.. t.Tls("other"), Key, Trouble.ApiKey]);
            t.Agent("--ca", t.In("ca.crt"), Key, Trouble.ApiKey);
        },
        ["it showed no certificate"] = async t =>
        {
            await MutualMasterAsync(t);
            await t.CurlAsync($"{t.Url}/health");
        },
        ["if it has --mtls, give --cert and --key"] = async t =>
        {
            await MutualMasterAsync(t);
            t.Agent("--ca", t.In("ca.crt"), Key, Trouble.ApiKey);
        },
        ["it spoke plain HTTP and this port speaks TLS"] = async t =>
        {
            await SecureMasterAsync(t);
            await t.CurlAsync($"http://localhost:{t.Port}/health");
        },
        ["no TLS version later than 1.1"] = async t =>
        {
            await SecureMasterAsync(t);
            await t.Start("openssl", ["s_client", "-connect", $"localhost:{t.Port}", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"]).WaitForExitAsync(Limits.Exit);
        },
        ["it showed a wrong API key or node token"] = async t =>
        {
            await SecureMasterAsync(t);
            await t.Start("curl", ["-sS", "--cacert", t.In("ca.crt"), "-H", "Authorization: Bearer nonsense-and-no-key", $"{t.Url}/jobs"]).WaitForExitAsync(Limits.Exit);
        },
        ["too many wrong keys came from this address"] = async t =>
        {
            await SecureMasterAsync(t);
            string[] many = [.. Enumerable.Range(0, 100).Select(i => $"{t.Url}/jobs?limit={i + 1}")];
            await t.Start("curl", ["-sS", "-Z", "--parallel-max", "60", "--cacert", t.In("ca.crt"), "-H", "Authorization: Bearer nonsense-and-no-key", .. many]).WaitForExitAsync(Limits.Exit);
        },
        ["the key is missing or wrong"] = async t =>
        {
            await SecureMasterAsync(t);
            t.Agent("--ca", t.In("ca.crt"), Key, "nonsense-and-no-key");
        },
        ["start the agent with another --name"] = async t =>
        {
            await SecureMasterAsync(t);
            t.Agent("--ca", t.In("ca.crt"), Key, Trouble.ApiKey, "--name", "one");
            await t.FirstNodeAsync();
            t.Agent("--ca", t.In("ca.crt"), Key, Trouble.ApiKey, "--name", "one");
        },
        ["holds no node key; add --register"] = t =>
        {
            t.Start(Published.Agent, ["--master", t.Url, "--work", t.In("new")]);
            return Task.CompletedTask;
        },
        ["it was removed; to let the host in again"] = async t =>
        {
            await SecureMasterAsync(t);
            t.Agent("--ca", t.In("ca.crt"), Key, Trouble.ApiKey);
            await t.CurlAsync("-X", "DELETE", $"{t.Url}/nodes/{await t.FirstNodeAsync()}");
        },
        ["is that of a node that was removed"] = async t =>
        {
            await MutualMasterAsync(t);
            t.Agent("--ca", t.In("ca.crt"), Key, Trouble.ApiKey, "--cert", t.In("agent.crt"), "--key", t.In("agent.key"));
            string[] certificate = ["--cert", t.In("master.crt"), "--key", t.In("master.key")];
            await t.CurlAsync([.. certificate, "-X", "DELETE", $"{t.Url}/nodes/{await t.FirstNodeAsync(certificate)}"]);
        },
    };

    public static TheoryData<string> Lines => [.. Rows()];

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task The_line_is_printed_when_the_trouble_is_there(string line)
    {
        Assert.True(Provocations.TryGetValue(line, out Func<Trouble, Task>? provoke), $"nothing provokes the README's line '{line}'");
        await using Trouble trouble = new();
        await provoke(trouble);
        Regex printed = new(Regex.Escape(line).Replace("…", ".*", StringComparison.Ordinal));
        try
        {
            await Eventually.IsTrueAsync($"'{line}'", Limits.Start, () => printed.IsMatch(trouble.Output.Replace("\\u0027", "'", StringComparison.Ordinal)));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"no program printed '{line}':\n{trouble.Output}");
        }

        Assert.DoesNotContain("   at ", trouble.Output);
        Assert.DoesNotContain("Unhandled", trouble.Output);
    }

    [Fact]
    public void Every_provocation_has_its_row() => Assert.Equal(Provocations.Keys.Order(StringComparer.Ordinal), Rows().Order(StringComparer.Ordinal));

    private static Task<RunningProgram> SecureMasterAsync(Trouble t) => t.MasterAsync([.. t.Tls(), Key, Trouble.ApiKey]);

    private static Task<RunningProgram> MutualMasterAsync(Trouble t) => t.MasterAsync([.. t.Tls(), "--mtls", "--ca", t.In("ca.crt"), Key, Trouble.ApiKey]);

    private static IEnumerable<string> Rows() => File.ReadLines(RepositoryRoot.Combine("README.md"))
        .SkipWhile(line => line != "## Troubleshooting")
        .Skip(1)
        .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
        .Select(line => Regex.Match(line, "^\\| `([^`]+)` \\|"))
        .Where(row => row.Success)
        .Select(row => row.Groups[1].Value);
}
