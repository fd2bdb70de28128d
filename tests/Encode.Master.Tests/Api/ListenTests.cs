using System.Net;
using System.Security.Cryptography.X509Certificates;
using Encode.Master.Api;
using Encode.Master.Api.Access;
using Encode.Master.Configuration;
using Encode.Master.Tests.Store;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Master.Tests.Api;

/// <summary>Where and how the server listens.</summary>
public sealed class ListenTests
{
    [Fact]
    public async Task A_second_server_on_a_port_is_refused_with_one_sentence()
    {
        await using ApiHost first = await ApiHost.StartAsync();
        MasterOptions same = new() { Port = first.Address.Port };
        ListenException refused = await Assert.ThrowsAsync<ListenException>(() => ApiHost.StartAsync(same));
        Assert.Contains($"port {first.Address.Port}: the port is in use", refused.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync("/health")).Response.StatusCode);
    }

    [Fact]
    public async Task The_health_port_tells_health_and_nothing_else_and_asks_for_no_key()
    {
        int port = FreePort();
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { ApiKey = "correct-horse-battery-staple", HealthPort = port });
        using HttpClient monitor = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Assert.Equal(HttpStatusCode.OK, (await monitor.GetAsync(new Uri("/health", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await monitor.GetAsync(new Uri("/jobs", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Health_tells_when_no_work_is_given_any_more()
    {
        BreakableClock clock = new();
        await using ApiHost host = await ApiHost.StartAsync(dispatcherClock: clock);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/health")).Response.StatusCode);
        clock.Break();
        await host.PostAsync("/jobs", """{"scenario":"720p-h264"}""");
        await Eventually.GetAsync("health to be degraded", TimeSpan.FromSeconds(30), async () =>
            (await host.GetAsync("/health")).Response.StatusCode == HttpStatusCode.ServiceUnavailable ? "yes" : null);
    }

    [Fact]
    public async Task With_TLS_the_server_speaks_HTTP_2_and_shows_the_certificate_of_the_moment()
    {
        using TempFolder folder = new();
        using CertificateWithKey first = Make(folder, "first");
        using CertificateWithKey second = Make(folder, "second");
        CertificateWithKey current = first;
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { Tls = true }, certificate: () => current);
        Assert.Equal((HttpVersion.Version20, first.Certificate.Thumbprint), await ShownAsync(host));
        current = second;
        Assert.Equal((HttpVersion.Version20, second.Certificate.Thumbprint), await ShownAsync(host));
    }

    [Fact]
    public async Task With_mutual_TLS_a_client_without_a_certificate_gets_nothing()
    {
        using TempFolder folder = new();
        using CertificateWithKey own = Make(folder, "server");
        await using ApiHost host = await ApiHost.StartAsync(new MasterOptions { Tls = true, Mtls = true, Ca = folder.Combine("server.crt") }, certificate: () => own);
        await Assert.ThrowsAsync<HttpRequestException>(() => ShownAsync(host));
    }

    [Theory]
    [InlineData("farm.example", true)]
    [InlineData("FARM.example.", true)]
    [InlineData("a.wild.example", true)]
    [InlineData("a.b.wild.example", false)]
    [InlineData("wild.example", false)]
    [InlineData("notfarm.example", false)]
    [InlineData("", false)]
    public void Own_names_are_compared_label_by_label(string host, bool own)
    {
        NearRules rules = new(["farm.example", "*.wild.example"]);
        Microsoft.AspNetCore.Http.DefaultHttpContext context = new();
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        context.Request.Host = new Microsoft.AspNetCore.Http.HostString(host);
        Exception? refused = Record.Exception(() => rules.Check(context));
        Assert.Equal(own, refused is null);
    }

    private static async Task<(Version Version, string Thumbprint)> ShownAsync(ApiHost host)
    {
        X509Certificate2? shown = null;
        using HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => (shown = certificate) is not null };
        using HttpClient client = new(handler) { BaseAddress = host.Address, DefaultRequestVersion = HttpVersion.Version20 };
        HttpResponseMessage response = await client.GetAsync(new Uri("/health", UriKind.Relative));
        return (response.Version, shown!.Thumbprint);
    }

    private static CertificateWithKey Make(TempFolder folder, string name)
    {
        SelfSigned.Write(folder.Combine(name + ".crt"), folder.Combine(name + ".key"), ["localhost", "127.0.0.1"]);
        return CertificateWithKey.Load(folder.Combine(name + ".crt"), folder.Combine(name + ".key"));
    }

    private static int FreePort()
    {
        using System.Net.Sockets.TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
