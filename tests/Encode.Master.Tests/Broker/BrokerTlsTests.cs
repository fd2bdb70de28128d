using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Encode.Master.Broker;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Encode.TestKit;
using static Encode.Master.Tests.Broker.HostedBroker;

namespace Encode.Master.Tests.Broker;

/// <summary>What the broker shows at handshakes, before and after its certificate was replaced, and what strangers get to see.</summary>
public sealed class BrokerTlsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task New_certificate_is_shown_at_the_next_handshake_and_cuts_nobody_off()
    {
        using CertificateWithKey old = Pair("old");
        using CertificateWithKey renewed = Pair("new");
        await using BrokerHost host = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys"), Tls = Files("old") });
        await ListenAsync(host);
        using NodeKey key = NodeKey.Create();
        await using BusConnection node = Connect(host, key, o => o with { Trust = ServerTrust.InFile(Both()) });
        await HeartbeatAsync(node, key);
        Assert.Equal(old.Certificate.Thumbprint, await ShownAsync(host));

        await host.ReloadTlsAsync(renewed, null);
        Assert.Equal(renewed.Certificate.Thumbprint, await ShownAsync(host));
        Assert.Equal(renewed.Certificate.ExportCertificatePem(), host.AuthorityPem);
        await HeartbeatAsync(node, key);
        Assert.Equal(0, node.Reconnects);
        Assert.Equal(0, host.Bus.Connection.Reconnects);
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(_folder.Combine("keys", "broker.key")));

        // One that is started again shows the new one too, and the master knows it.
        await KillAsync(host);
        Assert.Equal(renewed.Certificate.Thumbprint, await ShownAsync(host));
        await HeartbeatAsync(node, key);
    }

    [Fact]
    public async Task Certificates_may_be_replaced_again_and_again_while_nodes_connect()
    {
        CertificateWithKey[] pairs = [Pair("old"), Pair("new")];
        await using BrokerHost host = await StartAsync(o => o with { Tls = Files("old") });
        await ListenAsync(host);
        using NodeKey key = NodeKey.Create();
        for (int round = 1; round <= 10; round++)
        {
            await host.ReloadTlsAsync(pairs[round % 2], null);
            await using BusConnection node = Connect(host, key, o => o with { Trust = ServerTrust.InPem(host.AuthorityPem!, "the master's answer") });
            await HeartbeatAsync(node, key);
            Assert.Equal(0, node.FailedConnects);
        }

        Assert.Equal(0, host.Bus.Connection.Reconnects);
        Array.ForEach(pairs, pair => pair.Dispose());
    }

    [Fact]
    public async Task Authorities_of_clients_are_replaced_with_the_certificate()
    {
        using CertificateWithKey pair = Pair("old");
        using CertificateWithKey member = SelfSigned.CreateClient("a-node");
        File.WriteAllText(_folder.Combine("ca.pem"), pair.Certificate.ExportCertificatePem() + "\n");
        await using BrokerHost host = await StartAsync(o => o with { Tls = Files("old") with { CaPath = _folder.Combine("ca.pem"), Mutual = true } });
        await ListenAsync(host);
        using NodeKey key = NodeKey.Create();
        await using BusConnection node = Connect(host, key, o => o with { Trust = ServerTrust.InFile(_folder.Combine("ca.pem")), ClientCertificate = () => member });
        await Eventually.IsTrueAsync("a refusal", Limit, () => node.FailedConnects > 0);
        await host.ReloadTlsAsync(pair, [pair.Certificate, member.Certificate]);
        await HeartbeatAsync(node, key);
        Assert.True(host.IsUp);
    }

    [Fact]
    public async Task Broker_without_TLS_takes_no_certificate()
    {
        using CertificateWithKey pair = Pair("new");
        await using BrokerHost host = await StartAsync();
        await Assert.ThrowsAsync<MessagingException>(() => host.ReloadTlsAsync(pair, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("CONNECT {\"verbose\":true}\r\nPING\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    public async Task Who_speaks_in_the_clear_is_answered_no_byte_of_NATS(string said)
    {
        await using BrokerHost host = await MutualAsync();
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, host.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(said));
        Assert.DoesNotContain("INFO", await ReadAllAsync(client.GetStream()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, false)]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
    public async Task Who_shows_no_certificate_of_the_CA_is_answered_no_byte_of_NATS(SslProtocols protocol, bool stranger)
    {
        await using BrokerHost host = await MutualAsync();
        using CertificateWithKey foreign = SelfSigned.CreateClient("a-stranger");
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, host.Port);
        await using SslStream tls = new(client.GetStream());
        SslClientAuthenticationOptions options = new() { TargetHost = "127.0.0.1", EnabledSslProtocols = protocol, ClientCertificateContext = stranger ? foreign.Context : null };
        ServerTrust.InFile(_folder.Combine("old.crt")).Apply(options);
        string answer;
        try
        {
            await tls.AuthenticateAsClientAsync(options);
            answer = await ReadAllAsync(tls);
        }
        catch (AuthenticationException)
        {
            answer = "";
        }

        Assert.Equal("", answer);
    }

    private async Task<BrokerHost> MutualAsync()
    {
        Pair("old").Dispose();
        return await StartAsync(o => o with { Tls = Files("old") with { CaPath = _folder.Combine("old.crt"), Mutual = true } });
    }

    private static async Task<string> ReadAllAsync(Stream stream)
    {
        using MemoryStream all = new();
        try
        {
            await stream.CopyToAsync(all).WaitAsync(Limit);
        }
        catch (IOException)
        {
            // The broker hung up.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }

    /// <summary>Thumbprint of the certificate that a new handshake is shown.</summary>
    private static async Task<string> ShownAsync(BrokerHost host)
    {
        string? shown = null;
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, host.Port);
        await using SslStream tls = new(client.GetStream(), false, (_, certificate, _, _) =>
        {
            shown = (certificate as X509Certificate2)?.Thumbprint;
            return shown is not null;
        });
        await tls.AuthenticateAsClientAsync("127.0.0.1");
        return shown!;
    }

    private CertificateWithKey Pair(string name)
    {
        SelfSigned.Write(_folder.Combine($"{name}.crt"), _folder.Combine($"{name}.key"), ["127.0.0.1"]);
        return CertificateWithKey.Load(_folder.Combine($"{name}.crt"), _folder.Combine($"{name}.key"));
    }

    private BrokerTls Files(string name) => new(_folder.Combine($"{name}.crt"), _folder.Combine($"{name}.key"), null, Mutual: false);

    private string Both()
    {
        File.WriteAllText(_folder.Combine("both.pem"), File.ReadAllText(_folder.Combine("old.crt")) + File.ReadAllText(_folder.Combine("new.crt")));
        return _folder.Combine("both.pem");
    }
}
