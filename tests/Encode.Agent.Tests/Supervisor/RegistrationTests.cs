using Encode.Agent.Options;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Agent.Transfers;
using Encode.Contracts.Messages;
using Encode.Media.Hardware;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Becoming a node, and staying one.</summary>
public sealed class RegistrationTests : IAsyncLifetime
{
    private readonly FakeMaster _master = new();
    private readonly TempFolder _folder = new();
    private readonly NodeKey _key;
    private readonly Registration _registration;
    private readonly MasterHttp _http;
    private readonly AgentOptions _options;
    private readonly HeardLog _log = new();

    public RegistrationTests()
    {
        _master.ListenHttp();
        _key = NodeKey.LoadOrCreate(_folder.Path);
        File.WriteAllText(KeyFile, "OLD");
        _options = new AgentOptions { Master = _master.Url, MediaRoots = ["/", "/srv/media/"], ApiKeyFile = KeyFile };
        _http = new MasterHttp(_master.Url, ServerTrust.InSystem(), null, new RegistrationKey(_options, _log).Newest);
        _registration = Registration(TimeProvider.System);
    }

    private string KeyFile => _folder.Combine("key");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _key.Dispose();
        await _master.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Media_roots_are_absolute_paths_also_the_root_itself()
    {
        await _registration.RunAsync(Cancel);
        Assert.Equal(["/", "/srv/media"], _master.Registered!.MediaRoots);
    }

    [Theory]
    [InlineData(400, "check --master")]
    [InlineData(401, "give --api-key-file")]
    [InlineData(403, "a key that may register nodes")]
    [InlineData(404, "check --master")]
    [InlineData(409, "choose another --name")]
    public async Task The_first_refusal_is_final(int status, string hint)
    {
        _master.OnRegister = _ => status;
        AttemptException error = await Assert.ThrowsAsync<AttemptException>(() => _registration.RunAsync(Cancel));
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    public async Task A_later_refusal_is_waited_out(int status)
    {
        await _registration.RunAsync(Cancel);
        int calls = 0;
        _master.OnRegister = _ => Interlocked.Increment(ref calls) == 1 ? status : 200;
        await _registration.RunAsync(Cancel);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task A_nonce_that_ended_with_its_master_is_asked_for_again()
    {
        int calls = 0;
        _master.OnRegister = request => request.Nonce is not null && Interlocked.Increment(ref calls) == 1 ? 403 : 200;
        await _registration.RunAsync(Cancel);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_registration_whose_answer_was_lost_is_made_again_with_the_same_key()
    {
        int calls = 0;
        _master.OnRegister = request => request.Nonce is not null && Interlocked.Increment(ref calls) == 1 ? FakeMaster.CutOff : 200;
        await _registration.RunAsync(Cancel);
        Assert.Equal(2, calls);
        Assert.Equal(_key.PublicKey, _master.Registered!.PublicKey);
    }

    [Fact]
    public async Task Registrations_that_are_asked_for_at_once_are_one()
    {
        await _registration.RunAsync(Cancel);
        for (int i = 0; i < 5; i++)
        {
            _registration.Again();
        }

        // One that is asked for while another is made is made too: it may be for a certificate that the other did not show.
        _master.OnRegister = request =>
        {
            if (request.Nonce is null && _master.Registrations == 1)
            {
                _registration.Again();
                _registration.Again();
            }

            return 200;
        };
        int used = 0;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task keeping = _registration.KeepAsync(
            _ =>
            {
                Interlocked.Increment(ref used);
                return Task.CompletedTask;
            },
            stop.Token);
        await Eventually.IsTrueAsync("two registrations", FakeMaster.Deadline, () => Volatile.Read(ref used) == 2);
        for (int i = 0; i < 20; i++)
        {
            await _http.ReconcileAsync(_key.NodeId, new Heartbeat { Incarnation = "i", Sequence = i, SlotsTotal = 1, SlotsFree = 1, Held = [] }, Cancel);
        }

        Assert.Equal(3, _master.Registrations);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task A_CA_that_the_master_names_and_that_is_none_ends_nothing()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        int used = 0;
        _registration.Again();
        Task keeping = _registration.KeepAsync(_ => Interlocked.Increment(ref used) == 1 ? throw new MessagingException("no CA") : Task.CompletedTask, stop.Token);
        await Eventually.IsTrueAsync("a line", FakeMaster.Deadline, () => _log.Of("not_reloaded").Count == 1);
        _registration.Again();
        await Eventually.IsTrueAsync("another registration", FakeMaster.Deadline, () => Volatile.Read(ref used) == 2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task A_key_that_was_replaced_is_used_by_the_next_registration_and_by_one_that_is_refused_already()
    {
        _master.RequiredKey = "OLD";
        await _registration.RunAsync(Cancel);
        _master.RequiredKey = "NEW";
        await File.WriteAllTextAsync(KeyFile, "NEW", Cancel);
        await _registration.RunAsync(Cancel);
        Assert.Equal(0, _master.WrongKeys);

        _master.RequiredKey = "NEWEST";
        Task run = _registration.RunAsync(Cancel);
        await Eventually.IsTrueAsync("a refusal", FakeMaster.Deadline, () => _master.WrongKeys > 0);
        await File.WriteAllTextAsync(KeyFile, "NEWEST", Cancel);
        await run.WaitAsync(FakeMaster.Deadline, Cancel);
        File.Delete(KeyFile);
        await _registration.RunAsync(Cancel);
    }

    [Fact]
    public async Task A_refusal_that_lasts_is_told_each_minute()
    {
        ManualClock clock = new();
        long start = clock.GetTimestamp();
        _master.OnRegister = request => request.Nonce is null ? 200 : 403; // a node that was removed
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task run = Registration(clock).RunAsync(stop.Token);
        await Eventually.IsTrueAsync("three lines", FakeMaster.Deadline, () =>
        {
            clock.Advance(1);
            return _log.Of("not_registered").Count == 3;
        });
        Assert.True(clock.GetElapsedTime(start) >= TimeSpan.FromMinutes(2), "two minutes lie between three lines");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private Registration Registration(TimeProvider clock) => new(_options, _key, _http, HostProbe.Run("test"), clock, _log);
}
