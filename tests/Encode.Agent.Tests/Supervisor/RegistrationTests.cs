using Encode.Agent.Options;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Agent.Transfers;
using Encode.Media.Hardware;
using Encode.Messaging;
using Encode.Messaging.Tls;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>Becoming a node, and staying one.</summary>
public sealed class RegistrationTests : IAsyncLifetime
{
    private readonly FakeMaster _master = new();
    private readonly TempFolder _folder = new();
    private readonly NodeKey _key;
    private readonly Registration _registration;
    private readonly MasterHttp _http;

    public RegistrationTests()
    {
        _master.ListenHttp();
        _key = NodeKey.LoadOrCreate(_folder.Path);
        _http = new MasterHttp(_master.Url, ServerTrust.InSystem(), null, null);
        AgentOptions options = new() { Master = _master.Url, MediaRoots = ["/", "/srv/media/"] };
        _registration = new Registration(options, _key, _http, HostProbe.Run("test"), TimeProvider.System, NullLogger.Instance);
    }

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
    public async Task Registrations_at_once_are_made_one_after_the_other()
    {
        int inside = 0;
        int most = 0;
        _master.OnRegister = request =>
        {
            most = Math.Max(most, request.Nonce is null ? Interlocked.Increment(ref inside) : Interlocked.Decrement(ref inside) + 1);
            return 200;
        };
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _registration.RunAsync(Cancel)));
        Assert.Equal(1, most);
    }
}
