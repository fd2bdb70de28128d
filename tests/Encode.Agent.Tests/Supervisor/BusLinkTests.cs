using Encode.Agent.Options;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Messages;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>The way to a real broker with users and TLS: JWTs that end, certificates that are replaced.</summary>
public sealed class BusLinkTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = FakeMaster.Deadline;

    private readonly UserBroker _broker = new();
    private readonly NodeKey _key = NodeKey.Create();
    private readonly AgentHandlers _handlers = new()
    {
        OnOffer = (_, _) => ValueTask.FromResult<OfferReply?>(new OfferReply(true)),
        OnControl = (_, _) => ValueTask.CompletedTask,
    };

    private readonly BusLink _link;

    public BusLinkTests() => _link = Link(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _broker.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _broker.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task A_renewed_JWT_is_shown_before_the_old_one_ends_so_that_the_broker_never_cuts_the_link()
    {
        int connected = 0;
        _link.Connected += () => Interlocked.Increment(ref connected);
        await _link.UseAsync(_broker.ReplyFor(_key, TimeSpan.FromSeconds(4)), _handlers);
        DateTimeOffset end = DateTimeOffset.UtcNow.AddSeconds(4);
        await OfferedAsync();
        await Eventually.IsTrueAsync("the wish for another JWT", Limit, () => _link.WantsJwt);
        Assert.True(DateTimeOffset.UtcNow < end, "the wish came too late");
        await _link.UseJwtAsync(_broker.Mint(_key));
        Assert.False(_link.WantsJwt);
        await OfferedAsync();

        await Eventually.IsTrueAsync("the end of the first JWT", Limit, () => DateTimeOffset.UtcNow > end.AddSeconds(2));
        await OfferedAsync();
        Assert.Equal(2, connected);
    }

    [Fact]
    public async Task A_JWT_that_ended_is_replaced_by_the_next_and_the_link_comes_back_by_itself()
    {
        await _link.UseAsync(_broker.ReplyFor(_key, TimeSpan.FromSeconds(2)), _handlers);
        await OfferedAsync();
        await Eventually.IsTrueAsync("the broker to cut the link", Limit, () => !_link.HearsOffers);
        Assert.True(_link.WantsJwt);
        await _link.UseJwtAsync(_broker.Mint(_key));
        await OfferedAsync();
    }

    [Fact]
    public async Task A_broker_with_another_certificate_is_out_of_reach_until_a_registration_names_it()
    {
        await _link.UseAsync(_broker.ReplyFor(_key), _handlers);
        await OfferedAsync();
        await _broker.StartAsync();
        await _link.UntilOutAsync(TimeSpan.FromSeconds(2), Cancel).WaitAsync(Limit, Cancel);
        Assert.False(_link.HearsOffers);
        await _link.UseAsync(_broker.ReplyFor(_key), _handlers);
        await OfferedAsync();
    }

    [Fact]
    public async Task A_broker_that_the_master_names_no_CA_for_is_judged_by_the_CA_that_the_agent_loaded_last()
    {
        using TempFolder folder = new();
        string ca = folder.Combine("ca.crt");
        File.Copy(_broker.Certificate, ca);
        await using TlsFiles files = new(new AgentOptions { Ca = ca }, NullLogger.Instance);
        await using BusLink link = Link(TimeProvider.System, () => files.BrokerTrust);

        // The file is away just now.
        File.Delete(ca);
        await link.UseAsync(_broker.ReplyFor(_key) with { BrokerCa = null }, _handlers);
        await OfferedAsync();

        // Another certificate, and the CA for it: nothing but the file says so.
        await _broker.StartAsync();
        File.Copy(_broker.Certificate, ca);
        files.Reload();
        await OfferedAsync();
    }

    [Fact]
    public async Task A_CA_that_is_none_is_refused_and_the_link_stays()
    {
        await _link.UseAsync(_broker.ReplyFor(_key), _handlers);
        await OfferedAsync();
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => _link.UseAsync(_broker.ReplyFor(_key) with { BrokerCa = "none" }, _handlers));
        Assert.Contains("the CA that the master names", error.Message, StringComparison.Ordinal);
        Assert.True(_link.HearsOffers);
        await OfferedAsync();
    }

    [Fact]
    public async Task A_JWT_is_wanted_anew_from_half_of_its_life_on()
    {
        ManualClock clock = new();
        await using BusLink link = Link(clock);
        Assert.False(link.WantsJwt);
        await link.UseAsync(_broker.ReplyFor(_key), _handlers);
        clock.Advance((BusCredential.NodeLifetime / 2).TotalSeconds - 1);
        Assert.False(link.WantsJwt);
        clock.Advance(1);
        Assert.True(link.WantsJwt);
    }

    private BusLink Link(TimeProvider clock, Func<ServerTrust>? trust = null) =>
        new(new AgentOptions { Name = "host" }, _key, trust ?? ServerTrust.InSystem, () => null, clock, NullLogger.Instance);

    private Task<OfferReply> OfferedAsync() => Eventually.GetAsync("an offer's answer", Limit, () => _broker.OfferAsync(_key.NodeId, Samples.Offer()));
}
