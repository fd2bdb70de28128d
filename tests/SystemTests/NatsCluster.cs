using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Encode.TestKit;
using NATS.NKeys;

namespace Encode.SystemTests;

/// <summary>
/// Somebody else's NATS: three real servers in a cluster, TLS on each, one operator, one account of ours in it. Its JWTs are written here
/// by hand, with nothing of the product, so that both can be wrong only in the same way by chance.
/// </summary>
internal sealed class NatsCluster : IAsyncDisposable
{
    public const int Servers = 3;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TempFolder folder = new();
    private readonly KeyPair @operator = KeyPair.CreatePair(PrefixByte.Operator);
    private readonly KeyPair account = KeyPair.CreatePair(PrefixByte.Account);
    private readonly KeyPair system = KeyPair.CreatePair(PrefixByte.Account);
    private readonly KeyPair signing = KeyPair.CreatePair(PrefixByte.Account);
    private readonly int[] ports = [.. Enumerable.Range(0, Servers).Select(_ => LoopbackServer.FreePort())];
    private readonly int[] routes = [.. Enumerable.Range(0, Servers).Select(_ => LoopbackServer.FreePort())];
    private readonly int[] monitors = [.. Enumerable.Range(0, Servers).Select(_ => LoopbackServer.FreePort())];
    private readonly RunningProgram?[] servers = new RunningProgram?[Servers];
    private readonly List<RunningProgram> ended = [];
    private readonly HttpClient http = new();

    private NatsCluster()
    {
        using TestAuthority authority = TestAuthority.CreateRoot("cluster");
        authority.Issue("localhost", folder.Combine("server.crt"), folder.Combine("server.key"));
        File.WriteAllText(CaFile, authority.Certificate.ExportCertificatePem());
        File.WriteAllText(SigningKeyFile, signing.GetSeed() + "\n");
        using KeyPair master = KeyPair.CreatePair(PrefixByte.User);
        File.WriteAllText(CredentialsFile, Credentials(master, UserJwt(master)));
    }

    public string Urls => string.Join(',', ports.Select(port => $"tls://localhost:{port}"));

    public string CredentialsFile => folder.Combine("master.creds");

    public string SigningKeyFile => folder.Combine("signing.nk");

    public string CaFile => folder.Combine("ca.pem");

    public string AccountPublicKey => account.GetPublicKey();

    /// <summary>The master's flags for this cluster.</summary>
    public IReadOnlyList<string> Flags => ["--nats", Urls, "--nats-creds", CredentialsFile, "--nats-signing-key", SigningKeyFile, "--nats-ca", CaFile];

    /// <summary>Writes everything and starts nothing.</summary>
    public static NatsCluster Create() => new();

    /// <summary>Starts all servers; skips the test where there is no nats-server.</summary>
    public static async Task<NatsCluster> StartAsync()
    {
        NatsCluster cluster = new();
        await Task.WhenAll(Enumerable.Range(0, Servers).Select(cluster.StartServerAsync));
        return cluster;
    }

    public async Task StartServerAsync(int index)
    {
        string file = folder.Combine($"server{index}.conf");
        await File.WriteAllTextAsync(file, Configuration(index));
        RunningProgram server = RunningProgram.Start(NatsServerProgram.Require(), ["-c", file], folder.Path);
        servers[index] = server;
        await server.WaitForLineAsync(line => line.Contains("Server is ready", StringComparison.Ordinal), Deadline);
    }

    /// <summary>Ends a server as a crash would.</summary>
    public async Task KillAsync(int index)
    {
        servers[index]!.Signal(9);
        await servers[index]!.WaitForExitAsync(Deadline);
        ended.Add(servers[index]!);
        servers[index] = null;
    }

    /// <summary>The server that has a client of this name; waits until one has.</summary>
    public async Task<int> HolderOfAsync(string name)
    {
        int holder = -1;
        await Eventually.GetAsync($"a client named '{name}'", Deadline, async () =>
        {
            for (int i = 0; i < Servers && holder < 0; i++)
            {
                holder = servers[i] is not null && (await NamesAsync(i)).Contains(name) ? i : -1;
            }

            return holder < 0 ? null : "found";
        });
        return holder;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram server in servers.OfType<RunningProgram>().Concat(ended))
        {
            await server.DisposeAsync();
        }

        http.Dispose();
        folder.Dispose();
    }

    private async Task<IEnumerable<string?>> NamesAsync(int index)
    {
        JsonNode? answer = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{monitors[index]}/connz")));
        return answer!["connections"]!.AsArray().Select(connection => (string?)connection!["name"]);
    }

    private string Configuration(int index) => string.Create(CultureInfo.InvariantCulture, $$"""
        server_name: "n{{index}}"
        host: 127.0.0.1
        port: {{ports[index]}}
        client_advertise: "localhost:{{ports[index]}}"
        http: "127.0.0.1:{{monitors[index]}}"
        cluster: {
          name: "test"
          host: 127.0.0.1
          port: {{routes[index]}}
          routes: [{{string.Join(", ", routes.Select(route => $"\"nats://127.0.0.1:{route}\""))}}]
        }
        tls: {
          cert_file: "{{folder.Combine("server.crt")}}"
          key_file: "{{folder.Combine("server.key")}}"
        }
        operator: "{{Sign(@operator, @operator, "operator", [])}}"
        system_account: {{system.GetPublicKey()}}
        resolver: MEMORY
        resolver_preload: {
          {{account.GetPublicKey()}}: "{{AccountJwt(account)}}"
          {{system.GetPublicKey()}}: "{{AccountJwt(system)}}"
        }

        """);

    private string AccountJwt(KeyPair of)
    {
        JsonObject limits = new() { ["subs"] = -1, ["data"] = -1, ["payload"] = -1, ["imports"] = -1, ["exports"] = -1, ["wildcards"] = true, ["conn"] = -1, ["leaf"] = -1 };
        return Sign(@operator, of, "account", new JsonObject { ["limits"] = limits, ["signing_keys"] = of == account ? new JsonArray(signing.GetPublicKey()) : new JsonArray() });
    }

    private string UserJwt(KeyPair user) => Sign(
        signing,
        user,
        "user",
        new JsonObject { ["issuer_account"] = account.GetPublicKey(), ["pub"] = new JsonObject(), ["sub"] = new JsonObject(), ["subs"] = -1, ["data"] = -1, ["payload"] = -1 });

    private static string Credentials(KeyPair user, string jwt) => $"""
        -----BEGIN NATS USER JWT-----
        {jwt}
        ------END NATS USER JWT------

        ************************* IMPORTANT *************************
        NKEY Seed printed below can be used to sign and prove identity.

        -----BEGIN USER NKEY SEED-----
        {user.GetSeed()}
        ------END USER NKEY SEED------

        """;

    private static string Sign(KeyPair issuer, KeyPair subject, string type, JsonObject claims)
    {
        claims["type"] = type;
        claims["version"] = 2;
        JsonObject body = new()
        {
            ["jti"] = RandomNumberGenerator.GetHexString(32),
            ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["iss"] = issuer.GetPublicKey(),
            ["name"] = type,
            ["sub"] = subject.GetPublicKey(),
            ["nats"] = claims,
        };
        string signed = $"{Encode("""{"typ":"JWT","alg":"ed25519-nkey"}""")}.{Encode(body.ToJsonString())}";
        byte[] signature = new byte[64];
        issuer.Sign(Encoding.ASCII.GetBytes(signed), signature);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
