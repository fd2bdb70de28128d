using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Encode.Master.Api.Tls;
using Encode.Master.Configuration;
using Encode.Master.Tests.Store;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Master.Tests.Api;

/// <summary>Who gets through the handshake, what the others get, and what the operator reads of it.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly TestAuthority authority = TestAuthority.CreateRoot("farm-ca");

    public TlsTests()
    {
        File.WriteAllText(folder.Combine("ca.crt"), authority.Certificate.ExportCertificatePem());
        authority.Issue("localhost", folder.Combine("master.crt"), folder.Combine("master.key"));
    }

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Plain_HTTP_on_the_TLS_port_is_answered_with_a_sentence_and_told_once()
    {
        await using ApiHost host = await StartAsync();
        string answer = await SpeakAsync(host, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("write https://", answer, StringComparison.Ordinal);
        Assert.Contains("refused 127.0.0.1: it spoke plain HTTP", await LineAsync(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_TLS_gets_no_byte_and_with_mutual_TLS_plain_HTTP_neither()
    {
        await using ApiHost host = await StartAsync();
        Assert.Empty(await SpeakAsync(host, "\u0001\u0002\u0003"));
        Assert.Contains("what it sent is no TLS", await LineAsync(host), StringComparison.Ordinal);
        await using ApiHost mutual = await StartAsync(mutual: true);
        Assert.Empty(await SpeakAsync(mutual, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }

    [Theory]
    [InlineData("none", "it showed no certificate")]
    [InlineData("expired", "expired at ")]
    [InlineData("early", "is not valid before ")]
    [InlineData("stranger", "does not chain to --ca")]
    [InlineData("self-signed", "does not chain to --ca")]
    [InlineData("removed", "is that of a node that was removed")]
    public async Task With_mutual_TLS_a_certificate_that_is_no_good_gets_no_byte_and_a_line_that_says_why(string kind, string says)
    {
        await using ApiHost host = await StartAsync(mutual: true);
        using X509Certificate2? shown = Client(kind);
        host.Removed.Set(kind == "removed" ? [RemovedCertificates.HashOf(shown!)] : []);
        Assert.Null(await GetHealthAsync(host, shown));
        string line = await LineAsync(host);
        Assert.Contains("refused 127.0.0.1: ", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
        using X509Certificate2 good = Client("good")!;
        Assert.StartsWith("HTTP/1.1 200", await GetHealthAsync(host, good), StringComparison.Ordinal);
        Assert.Equal(line, await LineAsync(host));
    }

    [Fact]
    public async Task A_certificate_that_is_replaced_is_shown_in_the_next_handshake_and_kept_connections_go_on()
    {
        ReloadedFiles<CertificateWithKey> files = Files();
        await using ApiHost host = await StartAsync(files);
        using SslStream first = await ConnectAsync(host, null);
        string before = first.RemoteCertificate!.GetCertHashString();
        authority.Issue("localhost", folder.Combine("master.crt"), folder.Combine("master.key"));
        using SslStream second = await ConnectAsync(host, null);
        Assert.Equal(files.Current.Certificate.GetCertHashString(), second.RemoteCertificate!.GetCertHashString());
        Assert.NotEqual(before, second.RemoteCertificate!.GetCertHashString());
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_does_not_fit_is_told_once_and_the_old_one_stays()
    {
        ManualClock clock = new();
        ReloadedFiles<CertificateWithKey> files = Files(clock);
        List<string> told = [];
        files.Failed += error => told.Add(error.Message);
        await using ApiHost host = await StartAsync(files);
        string before = files.Current.Certificate.Thumbprint;
        File.WriteAllText(folder.Combine("master.key"), authority.Issue("localhost").Key);
        for (int i = 0; i < 3; i++)
        {
            using SslStream connection = await ConnectAsync(host, null);
            Assert.Equal(before, ((X509Certificate2)connection.RemoteCertificate!).Thumbprint);
        }

        Assert.Empty(told); // It may be the moment between two files.
        clock.Advance(TimeSpan.FromSeconds(2));
        files.Newest();
        clock.Advance(TimeSpan.FromMinutes(1)); // Tried again, and known.
        files.Newest();
        clock.Advance(TimeSpan.FromSeconds(2));
        files.Newest();
        Assert.Contains("does not belong to the certificate", Assert.Single(told), StringComparison.Ordinal);
        authority.Issue("localhost", folder.Combine("master.crt"), folder.Combine("master.key"));
        using SslStream mended = await ConnectAsync(host, null);
        Assert.NotEqual(before, ((X509Certificate2)mended.RemoteCertificate!).Thumbprint);
    }

    [Theory]
    [InlineData(31, null)]
    [InlineData(29, "expires in 29 days")]
    [InlineData(-1, "expired at ")]
    public void An_end_that_is_near_is_worth_a_line(int days, string? says)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string? warning = new CertificateExpiry("server", "certs/master.crt", now.AddDays(days)).Warning(now);
        Assert.Equal(says is null, warning is null);
        Assert.Contains(says ?? "", warning ?? "", StringComparison.Ordinal);
    }

    private X509Certificate2? Client(string kind)
    {
        using TestAuthority stranger = TestAuthority.CreateRoot("another-ca");
        (string Certificate, string Key)? pair = kind switch
        {
            "none" => null,
            "expired" => authority.Issue("agent", from: -2, until: -1),
            "early" => authority.Issue("agent", from: 1, until: 2),
            "stranger" => stranger.Issue("agent"),
            "self-signed" => SelfSignedPair(),
            _ => authority.Issue("agent"),
        };
        if (pair is not { } given)
        {
            return null;
        }

        return X509Certificate2.CreateFromPem(given.Certificate, given.Key);
    }

    private (string Certificate, string Key) SelfSignedPair()
    {
        SelfSigned.Write(folder.Combine("self.crt"), folder.Combine("self.key"), ["agent"]);
        return (File.ReadAllText(folder.Combine("self.crt")), File.ReadAllText(folder.Combine("self.key")));
    }

    private ReloadedFiles<CertificateWithKey> Files(TimeProvider? clock = null) => new(
        [folder.Combine("master.crt"), folder.Combine("master.key")], () => CertificateWithKey.Load(folder.Combine("master.crt"), folder.Combine("master.key")), clock);

    private Task<ApiHost> StartAsync(ReloadedFiles<CertificateWithKey>? files = null, bool mutual = false) =>
        ApiHost.StartAsync(new MasterOptions { Tls = true, Mtls = mutual, Ca = mutual ? folder.Combine("ca.crt") : "" }, certificate: (files ?? Files()).Newest);

    private static Task<string> LineAsync(ApiHost host) => Eventually.GetAsync("a line in the log", TimeSpan.FromSeconds(20), () =>
    {
        string[] lines = [.. host.Log.ToString().Split('\n').Where(line => line.Contains("refused", StringComparison.Ordinal))];
        return Task.FromResult(lines.Length == 0 ? null : Assert.Single(lines));
    });

    /// <summary>Everything that a plain connection is answered; empty when it is closed without a byte.</summary>
    private static async Task<string> SpeakAsync(ApiHost host, string text)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", host.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        using MemoryStream answer = new();
        try
        {
            await client.GetStream().CopyToAsync(answer);
        }
        catch (IOException)
        {
            // Closed with bytes unread.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }

    /// <summary>The answer of /health; null when the connection ended without a byte of one.</summary>
    private static async Task<string?> GetHealthAsync(ApiHost host, X509Certificate2? shown)
    {
        try
        {
            using SslStream tls = await ConnectAsync(host, shown);
            return await AskAsync(tls) is { Length: > 0 } answer ? answer : null;
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            return null;
        }
    }

    private static async Task<string> AskAsync(SslStream tls)
    {
        await tls.WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        byte[] buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await tls.ReadAsync(buffer));
    }

    private static async Task<SslStream> ConnectAsync(ApiHost host, X509Certificate2? shown)
    {
        TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", host.Address.Port);
        SslStream tls = new(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        SslClientAuthenticationOptions options = new() { TargetHost = "localhost" };
        if (shown is not null)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(shown, [], offline: true);
        }

        await tls.AuthenticateAsClientAsync(options);
        return tls;
    }
}
