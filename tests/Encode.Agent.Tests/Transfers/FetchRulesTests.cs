using System.Net;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;

namespace Encode.Agent.Tests.Transfers;

/// <summary>Which addresses a job may make an agent connect to.</summary>
public sealed class FetchRulesTests
{
    private const string Host = "media.example";

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("::ffff:10.1.2.3")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a01:203")]
    [InlineData("2002:a01:203::1")]
    public void An_address_that_is_not_public_is_refused(string address) => Assert.False(new FetchRules([]).Allows(Host, IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:4700::1")]
    [InlineData("::ffff:1.1.1.1")]
    public void A_public_address_is_allowed(string address) => Assert.True(new FetchRules([]).Allows(Host, IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.1.0.0/16", "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "10.2.2.3", false)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3", "::ffff:10.1.2.3", true)]
    [InlineData("fd00::/8", "fd00::1", true)]
    [InlineData("MEDIA.example", "192.168.1.1", true)]
    [InlineData("other.example", "192.168.1.1", false)]
    public void An_exception_opens_what_it_names_and_no_more(string exception, string address, bool allowed) =>
        Assert.Equal(allowed, new FetchRules([exception]).Allows(Host, IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://media.example/in.mp4")]
    [InlineData("ftp://media.example/in.mp4")]
    [InlineData("https://user:secret@media.example/in.mp4")]
    [InlineData("https://127.0.0.1/in.mp4")]
    [InlineData("https://[::1]/in.mp4")]
    [InlineData("https://2130706433/in.mp4")]
    public void A_url_that_breaks_the_rules_is_a_settings_error_that_keeps_secrets(string url)
    {
        AttemptException error = Assert.Throws<AttemptException>(() => new FetchRules([]).CheckUrl(new Uri(url)));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_resolves_to_a_private_address_is_not_connected_to()
    {
        using HttpRangeSource source = new(new FetchRules([]).CreateClient(), new Uri("https://localhost:1/in.mp4?signature=secret"), new FetchRules([]), new TransferLimits(), ownsClient: true);
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => source.OpenAsync(0, null, TestContext.Current.CancellationToken));
        Assert.Equal(ErrorClass.Settings, error.Class);
        Assert.Contains("is not a public address; start the agent with --allow-url localhost", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", source.Name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("::1", true)]
    [InlineData("nas.local", true)]
    [InlineData("https://nas.local", false)]
    [InlineData("10.0.0.0/99", false)]
    [InlineData("", false)]
    public void A_flag_takes_hosts_addresses_and_networks(string text, bool taken) => Assert.Equal(taken, FetchRules.IsException(text));
}
