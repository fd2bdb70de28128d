using System.Text;
using Encode.TestKit;

namespace Encode.SystemTests;

/// <summary>
/// The production guide, run as written: the README's blocks, by bash, on the published programs. Each scenario has a network of its own, in which
/// only loopback is and <c>master</c> is this host, so that its ports are free and nothing else on this machine is met.
/// </summary>
public sealed class GuideTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan ScriptLimit = TimeSpan.FromMinutes(4);

    /// <summary>What the blocks stand on: names, programs, and ways to wait for a state.</summary>
    private const string Preamble = """
        set -euo pipefail
        ip link set lo up
        hostname master
        mount --bind hosts /etc/hosts
        auth=(-H "Authorization: Bearer secret-key-123")
        fail() { echo "FAILED: $*"; for log in *.log; do echo "== $log"; cat "$log"; done; exit 1; }
        until_true() { # WHAT SECONDS COMMAND...
          local what=$1 tries=$(($2 * 10)); shift 2
          until "$@" >/dev/null 2>&1; do ((tries-- > 0)) || fail "waited for $what"; sleep 0.1; done
        }
        serve() { # NAME LINE: starts a program of the guide and waits until it says that it works
          bash -c "exec $2" >>"$1.log" 2>&1 & echo $! >"$1.pid"
        }
        expect() { grep -qE -- "$2" "$1" || fail "$1 does not say: $2"; }

        """;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Scenario_1_plain()
    {
        await RunAsync(
            Server("Scenario 1", 0, "master", "listens on"),
            Server("Scenario 1", 1, "agent", "is connected to the broker"),
            """
            curl -sS --fail-with-body http://master:8080/jobs -H 'Content-Type: application/json' -d '{"scenario": "360p30-h264", "parameters": {"duration": 1}}'
            until_true "the job" 60 bash -c 'curl -sS http://master:8080/jobs/1 | grep -q \"status\":\"completed\"'
            expect master.log 'NO API KEY'
            """);
    }

    [Fact]
    public async Task Scenario_2_encrypted_and_authenticated()
    {
        await RunAsync(
            Certificates(),
            Server("Scenario 2", 0, "master", "listens on"),
            Server("Scenario 2", 1, "agent", "is connected to the broker"),
            "export CURL_CA_BUNDLE=certs/ca.crt",
            Use(),
            """
            until_true "frames of the job" 60 bash -c 'curl -sS "$@" https://master:8443/jobs/1 | grep -q \"frames\"' - "${auth[@]}"
            [ "$(curl -s -o /dev/null -w '%{http_code}' https://master:8443/jobs)" = 401 ] || fail "no key was asked for"
            expect master.log "API key 'flag' has fewer than 32 characters"
            ! grep -q secret-key-123 ./*.log || fail "a key is in a log"
            # A name that the certificate does not carry.
            timeout 20 agent --register --master https://other:8443 --ca certs/ca.crt --api-key secret-key-123 --work other >other.log 2>&1 & pid=$!
            until_true "the wrong name to be told" 20 grep -q 'is for another name' other.log
            kill $pid
            # SIGTERM: what runs is given back, and both exit with 0.
            for name in agent master; do kill "$(cat $name.pid)"; wait "$(cat $name.pid)" || fail "$name ended with $?"; done
            """);
    }

    [Fact]
    public async Task Scenario_3_mutual_TLS()
    {
        await RunAsync(
            Certificates(),
            Server("Scenario 3", 0, "master", "listens on"),
            Server("Scenario 3", 1, "agent", "is connected to the broker"),
            """
            export CURL_CA_BUNDLE=certs/ca.crt
            # Without a certificate: no byte of HTTP, none of NATS.
            [ -z "$(curl -s https://master:8443/health || true)" ] || fail "answered without a certificate"
            [ -z "$(timeout 3 openssl s_client -quiet -connect master:4222 -CAfile certs/ca.crt </dev/null 2>/dev/null || true)" ] || fail "the broker answered without a certificate"
            exec 3<>/dev/tcp/master/4222; [ -z "$(timeout 1 head -c 1 <&3 || true)" ] || fail "the broker speaks in clear"; exec 3>&-
            curl -sS --fail http://localhost:9090/health
            expect master.log 'refused 127.0.0.1: it showed no certificate'
            curl() { command curl --cert certs/agent.crt --key certs/agent.key "$@"; }
            openssl() { if [ "$1" = s_client ]; then command openssl "$@" -cert certs/agent.crt -key certs/agent.key; else command openssl "$@"; fi; }
            """,
            Use(),
            """
            curl -sS --fail-with-body -X POST "${auth[@]}" https://master:8443/jobs/1/cancel
            curl -sS --fail-with-body "${auth[@]}" https://master:8443/jobs -H 'Content-Type: application/json' -d '{"scenario": "360p30-h264", "parameters": {"duration": 1}, "output": {"url": "upload:out.mp4"}}'
            completed() { curl -sS "${auth[@]}" https://master:8443/jobs/2 | grep -q '"status":"completed"'; }
            until_true "the job" 60 completed
            curl -sS --fail "${auth[@]}" -o out.mp4 https://master:8443/files/out.mp4
            # TLS 1.1, as old clients offer it.
            ! command openssl s_client -connect master:8443 -tls1_1 -cipher 'DEFAULT:@SECLEVEL=0' </dev/null >/dev/null 2>&1 || fail "TLS 1.1 was taken"
            until_true "the refusal of TLS 1.1" 10 grep -q 'no TLS version later than 1.1' master.log
            # New certificates in the old places, while all of it runs.
            for name in master agent; do
              command openssl x509 -req -in $name.csr -CA certs/ca.crt -CAkey ca.key -CAcreateserial -out $name.new -days 365 2>/dev/null
              mv $name.new certs/$name.crt
            done
            until_true "the master to take it up" 20 grep -q "took up the new 'certs/master.crt'" master.log
            until_true "the broker to take it up" 20 grep -q 'the broker shows the certificate of CN=master' master.log
            until_true "the agent to take it up" 20 grep -q "took up the new 'certs/agent.crt'" agent.log
            registered_twice() { [ "$(grep -c '"event":"registered"' agent.log)" -ge 2 ]; }
            until_true "the agent to show the new one" 30 registered_twice
            curl -sS --fail-with-body "${auth[@]}" https://master:8443/jobs -H 'Content-Type: application/json' -d '{"scenario": "360p30-h264", "parameters": {"duration": 1}}'
            completed_again() { curl -sS "${auth[@]}" https://master:8443/jobs/3 | grep -q '"status":"completed"'; }
            until_true "the job after it" 60 completed_again
            # A removed node is out, with its certificate.
            id=$(curl -sS "${auth[@]}" https://master:8443/nodes | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)
            curl -sS --fail-with-body -X DELETE "${auth[@]}" "https://master:8443/nodes/$id"
            [ -z "$(curl -s https://master:8443/health || true)" ] || fail "the certificate of a removed node was answered"
            expect master.log 'is that of a node that was removed'
            """);
        Assert.Equal(30, await Clip.CountFramesAsync(folder.Combine("out.mp4")));
    }

    [Fact]
    public async Task Scenario_3_with_self_signed_pairs()
    {
        await RunAsync(
            string.Join('\n', GuideText.Blocks("Self-signed pairs")),
            Server("Scenario 3", 0, "master", "listens on"),
            Server("Scenario 3", 1, "agent", "is connected to the broker"),
            """
            curl -sS --cacert certs/master.crt --cert certs/agent.crt --key certs/agent.key --fail-with-body "${auth[@]}" https://master:8443/jobs \
              -H 'Content-Type: application/json' -d '{"scenario": "360p30-h264", "parameters": {"duration": 1}}'
            completed() { curl -sS --cacert certs/master.crt --cert certs/agent.crt --key certs/agent.key "${auth[@]}" https://master:8443/jobs/1 | grep -q '"status":"completed"'; }
            until_true "the job" 60 completed
            """);
    }

    [Fact]
    public async Task A_database_is_backed_up_while_it_is_used_and_a_master_starts_on_the_copy()
    {
        await RunAsync(
            Certificates(),
            Server("Scenario 2", 0, "master", "listens on"),
            """
            export CURL_CA_BUNDLE=certs/ca.crt
            submit() { curl -sS --fail-with-body "${auth[@]}" https://master:8443/jobs -H 'Content-Type: application/json' -d '{"scenario": "360p30-h264"}' >/dev/null; }
            for i in $(seq 20); do submit; done
            (while submit 2>/dev/null; do :; done) & load=$!
            """,
            string.Join('\n', GuideText.Blocks("Backup")),
            """
            kill $load
            kill "$(cat master.pid)"; wait "$(cat master.pid)"
            rm -r data/master.db data/master.db-*; mv backup.db data/master.db
            """,
            Server("Scenario 2", 0, "master", "listens on"),
            """
            [ "$(curl -sS "${auth[@]}" 'https://master:8443/jobs?limit=1000' | grep -o '"sequence"' | wc -l)" -ge 20 ] || fail "jobs were lost"
            submit
            """);
    }

    private static string Certificates() => string.Join('\n', GuideText.Blocks("Certificates of a CA"));

    private static string Use() => string.Join('\n', GuideText.Blocks("Use"));

    /// <summary>Starts a program that goes on running, as its one line in the guide says, and waits for a line of its log.</summary>
    private static string Server(string heading, int block, string name, string says)
    {
        string line = GuideText.Blocks(heading)[block].Trim();
        Assert.StartsWith(name + " ", line, StringComparison.Ordinal);
        return $": >{name}.log; serve {name} '{line}'; until_true \"{name} to work\" 30 grep -qE '{says}' {name}.log";
    }

    private async Task RunAsync(params string[] parts)
    {
        Assert.SkipUnless(Environment.UserName == "root", "a network namespace and a hosts file of its own need root");
        await File.WriteAllTextAsync(folder.Combine("hosts"), "127.0.0.1 localhost master agent other\n");
        await File.WriteAllTextAsync(folder.Combine("guide.sh"), new StringBuilder(Preamble).AppendJoin('\n', parts).Append('\n').ToString());
        string path = $"{Path.GetDirectoryName(Published.Master)}:{Environment.GetEnvironmentVariable("PATH")}";
        (int code, string said) = await RunningProgram.RunAsync(
            "unshare", ["--net", "--uts", "--mount", "--pid", "--fork", "--kill-child", "bash", "guide.sh"], ScriptLimit, folder.Path,
            new Dictionary<string, string?> { ["PATH"] = path, ["ENCODE_API_KEY"] = null, ["SSL_CERT_FILE"] = null });
        output.WriteLine(said);
        Assert.True(code == 0, $"exit code {code}:\n{said}");
    }
}
