using System.Net;
using System.Net.Sockets;
using Encode.Master.Broker;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Encode.TestKit;
using static Encode.Master.Tests.Broker.HostedBroker;

namespace Encode.Master.Tests.Broker;

/// <summary>The embedded broker is a real nats-server; nodes are real connections to it.</summary>
public sealed class BrokerHostTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Node_with_a_minted_JWT_talks_to_the_master()
    {
        await using BrokerHost host = await StartAsync();
        Assert.True(host.IsUp);
        Assert.False(host.Tls);
        Assert.Null(host.AuthorityPem);
        await ListenAsync(host);
        using NodeKey key = NodeKey.Create();
        await using BusConnection node = Connect(host, key);
        Assert.Equal(90, (await HeartbeatAsync(node, key)).LeaseSeconds);
    }

    [Fact]
    public async Task Broker_that_is_killed_comes_back_on_its_port_and_everyone_with_it()
    {
        await using BrokerHost host = await StartAsync();
        await ListenAsync(host);
        using NodeKey key = NodeKey.Create();
        await using BusConnection node = Connect(host, key);
        await HeartbeatAsync(node, key);
        int port = host.Port;
        int first = host.ProcessId;

        Assert.NotEqual(0, first);
        using (System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(first))
        {
            process.Kill();
        }

        await Eventually.IsTrueAsync("another broker", Limit, () => host.ProcessId != first && host.IsUp);
        Assert.Equal(port, host.Port);
        await HeartbeatAsync(node, key);
    }

    [Fact]
    public async Task Broker_comes_back_when_its_private_folder_is_gone_too()
    {
        await using BrokerHost host = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys") });
        int first = host.ProcessId;
        Directory.Delete(_folder.Combine("keys"), recursive: true);
        using (System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(first))
        {
            process.Kill();
        }

        await Eventually.IsTrueAsync("another broker", Limit, () => host.ProcessId != first && host.IsUp);
    }

    [Fact]
    public async Task JWT_counts_after_a_restart_with_the_same_folder_and_not_with_another()
    {
        using NodeKey key = NodeKey.Create();
        string jwt;
        await using (BrokerHost first = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys") }))
        {
            jwt = first.MintNode(key.NodeId, key.PublicKey);
        }

        await using (BrokerHost second = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys") }))
        {
            await using BusConnection node = Connect(second, key, o => o with { Credential = () => BusCredential.ForNode(key, jwt) });
            await node.WaitConnectedAsync().WaitAsync(Limit);
        }

        await using BrokerHost stranger = await StartAsync(o => o with { PrivateFolder = _folder.Combine("others") });
        await using BusConnection refused = Connect(stranger, key, o => o with { Credential = () => BusCredential.ForNode(key, jwt) });
        await Eventually.IsTrueAsync("a refusal", Limit, () => refused.FailedConnects > 0);
        Assert.Equal(BusState.Disconnected, refused.State);
    }

    [Fact]
    public async Task Files_of_the_broker_are_its_owners_alone()
    {
        await using BrokerHost host = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys") });
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(_folder.Combine("keys")));
        foreach (string name in (string[])["operator.nk", "account.nk", "broker.conf"])
        {
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(_folder.Combine("keys", name)));
        }
    }

    [Fact]
    public async Task Broker_is_gone_when_the_host_is()
    {
        int id;
        await using (BrokerHost host = await StartAsync())
        {
            id = host.ProcessId;
            Assert.True(Directory.Exists($"/proc/{id}"));
        }

        Assert.False(Directory.Exists($"/proc/{id}"));
    }

    [Fact]
    public async Task Second_broker_on_a_port_is_one_error_that_names_the_port()
    {
        await using BrokerHost first = await StartAsync();
        MessagingException e = await Assert.ThrowsAsync<MessagingException>(() => StartAsync(o => o with { Port = first.Port }));
        Assert.Equal($"start the broker: port {first.Port} is taken; stop what uses it or give another --nats-port", e.Message);

        // Every interface collides with one of them.
        e = await Assert.ThrowsAsync<MessagingException>(() => StartAsync(o => o with { Port = first.Port, Bind = null }));
        Assert.Contains($"port {first.Port} is taken", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_of_another_host_is_one_error()
    {
        MessagingException e = await Assert.ThrowsAsync<MessagingException>(
            () => StartAsync(o => o with { Bind = IPAddress.Parse("192.0.2.1"), Port = FreePort() }));
        Assert.Contains("--bind must name an address of this host", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_cannot_run_is_one_error_with_its_reason()
    {
        MessagingException e = await Assert.ThrowsAsync<MessagingException>(() => StartAsync(o => o with { ServerPath = "/no/nats-server" }));
        Assert.Equal("start the broker: '/no/nats-server' exited with code 127: execute '/no/nats-server': No such file or directory", e.Message);

        string script = _folder.Combine("broken");
        File.WriteAllText(script, "#!/bin/sh\necho '[1] [FTL] the disk is on fire' >&2\nexit 1\n");
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        e = await Assert.ThrowsAsync<MessagingException>(() => StartAsync(o => o with { ServerPath = script }));
        Assert.Equal($"start the broker: '{script}' exited with code 1: the disk is on fire", e.Message);
    }

    [Fact]
    public void Server_is_looked_for_beside_us_then_on_the_path_and_its_absence_is_one_error()
    {
        string beside = _folder.CreateFolder("beside");
        string onPath = _folder.CreateFolder("path");
        MessagingException e = Assert.Throws<MessagingException>(() => BrokerProgram.Find(beside, $"/nowhere:{onPath}", []));
        Assert.StartsWith($"start the broker: no nats-server beside '{beside}' or on PATH; install it", e.Message, StringComparison.Ordinal);

        string second = Program(onPath);
        Assert.Equal(second, BrokerProgram.Find(beside, $"/nowhere:{onPath}", []));
        string first = Program(beside);
        Assert.Equal(first, BrokerProgram.Find(beside, $"/nowhere:{onPath}", []));

        static string Program(string folder)
        {
            string path = Path.Combine(folder, "nats-server");
            File.WriteAllText(path, "");
            Assert.Throws<MessagingException>(() => BrokerProgram.Find(folder, "", []));
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
            return path;
        }
    }

    [Fact]
    public async Task With_TLS_a_node_trusts_what_the_master_names_and_nothing_in_the_clear_is_served()
    {
        (string certificate, string key) = Certificate("127.0.0.1");
        await using BrokerHost host = await StartAsync(o => o with { Tls = new BrokerTls(certificate, key, null, Mutual: false) });
        await ListenAsync(host);
        Assert.True(host.Tls);
        using NodeKey node = NodeKey.Create();
        ServerTrust trust = ServerTrust.InPem(host.AuthorityPem!, "the master's answer");
        await using BusConnection good = Connect(host, node, o => o with { Trust = trust });
        await HeartbeatAsync(good, node);

        await using BusConnection clear = Connect(host, node);
        ServerTrust other = ServerTrust.InFile(Certificate("other").Certificate);
        await using BusConnection wrong = Connect(host, node, o => o with { Trust = other });
        ServerTrust named = ServerTrust.InPem(host.AuthorityPem!, "the master's answer");
        await using BusConnection elsewhere = Connect(host, node, o => o with { Trust = named, TargetHost = "elsewhere.example" });
        await Eventually.IsTrueAsync("three refusals", Limit, () => clear.FailedConnects > 0 && wrong.FailedConnects > 0 && elsewhere.FailedConnects > 0);
        Assert.All([clear, wrong, elsewhere], c => Assert.Equal(BusState.Disconnected, c.State));
        Assert.Contains("does not chain to", other.LastProblem, StringComparison.Ordinal);
        Assert.Contains("is for another name", named.LastProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broker_comes_back_with_the_certificate_that_agents_were_told_of_when_another_stands_in_its_place()
    {
        (string certificate, string key) = Certificate("127.0.0.1");
        await using BrokerHost host = await StartAsync(o => o with { PrivateFolder = _folder.Combine("keys"), Tls = new BrokerTls(certificate, key, null, Mutual: false) });
        await ListenAsync(host);
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(_folder.Combine("keys", "broker.key")));
        using NodeKey node = NodeKey.Create();
        await using BusConnection connection = Connect(host, node, o => o with { Trust = ServerTrust.InPem(host.AuthorityPem!, "the master's answer") });
        await HeartbeatAsync(connection, node);
        File.Delete(certificate);
        File.Delete(key);
        SelfSigned.Write(certificate, key, ["127.0.0.1"]);
        int first = host.ProcessId;
        using (System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(first))
        {
            process.Kill();
        }

        await Eventually.IsTrueAsync("another broker", Limit, () => host.ProcessId != first && host.IsUp);
        await HeartbeatAsync(connection, node);
    }

    [Fact]
    public async Task With_mutual_TLS_a_node_must_show_a_certificate_that_the_CA_made()
    {
        (string certificate, string key) = Certificate("127.0.0.1");
        using CertificateWithKey member = SelfSigned.CreateClient("a-node");
        using CertificateWithKey stranger = SelfSigned.CreateClient("a-stranger");
        string ca = _folder.Combine("ca.pem");
        File.WriteAllText(ca, File.ReadAllText(certificate) + member.Certificate.ExportCertificatePem() + "\n");
        await using BrokerHost host = await StartAsync(o => o with { Tls = new BrokerTls(certificate, key, ca, Mutual: true) });
        await ListenAsync(host);
        using NodeKey node = NodeKey.Create();
        await using BusConnection good = Connect(host, node, o => o with { Trust = ServerTrust.InFile(ca), ClientCertificate = () => member });
        await HeartbeatAsync(good, node);

        await using BusConnection bare = Connect(host, node, o => o with { Trust = ServerTrust.InFile(ca) });
        await using BusConnection foreign = Connect(host, node, o => o with { Trust = ServerTrust.InFile(ca), ClientCertificate = () => stranger });
        await Eventually.IsTrueAsync("two refusals", Limit, () => bare.FailedConnects > 0 && foreign.FailedConnects > 0);
        Assert.All([bare, foreign], c => Assert.Equal(BusState.Disconnected, c.State));
    }

    private (string Certificate, string Key) Certificate(string host)
    {
        string certificate = _folder.Combine($"{host}.crt");
        string key = _folder.Combine($"{host}.key");
        SelfSigned.Write(certificate, key, [host]);
        return (certificate, key);
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
