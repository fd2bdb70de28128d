using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Dispatch;
using Encode.Master.Store;
using Encode.Master.Tests.Store;
using Encode.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Encode.Master.Tests.Dispatch;

/// <summary>A pause and what follows, by control messages and progress alone: no heartbeat comes.</summary>
public sealed class PauseTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly ManualClock clock = new();
    private readonly SimulatedBus bus = new();
    private readonly EncodeStore store;
    private readonly Dispatcher dispatcher;

    public PauseTests()
    {
        store = EncodeStore.Open(new StoreOptions { Clock = clock });
        dispatcher = new Dispatcher(store, bus, clock, NullLogger<Dispatcher>.Instance);
    }

    public async ValueTask InitializeAsync() => await dispatcher.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await dispatcher.DisposeAsync();
        store.Dispose();
    }

    [Fact]
    public async Task The_node_is_told_of_each_wish_and_its_progress_makes_it_so_whatever_old_news_come_between()
    {
        AttemptKey key = await RunningAsync();
        await store.PauseAsync("1");
        await ToldAsync(ControlKind.Pause);
        Progress(key, AttemptPhase.Paused);
        await InStateAsync(JobState.Paused);

        // A write is answered once everything before it is told.
        await store.PauseAsync("1");
        Progress(key, AttemptPhase.Encoding);
        await store.PauseAsync("1");
        Assert.Equal(JobState.Paused, (await store.GetJobAsync("1"))!.State);
        await store.ResumeAsync("1");
        await ToldAsync(ControlKind.Resume);
        await store.ResumeAsync("1");
        Progress(key, AttemptPhase.Encoding);
        await InStateAsync(JobState.Running);
    }

    [Fact]
    public async Task A_paused_jobs_slot_is_given_on()
    {
        AttemptKey key = await RunningAsync();
        await store.SubmitAsync(Samples.Job());
        await store.PauseAsync("1");
        Progress(key, AttemptPhase.Paused);
        await Eventually.IsTrueAsync("the other job to be offered", Soon, () => bus.Offers.Count == 2);
    }

    private void Progress(AttemptKey key, AttemptPhase phase) => dispatcher.HandleProgress(Samples.NodeA, new ProgressMessage(key, phase, null));

    private async Task<AttemptKey> RunningAsync()
    {
        await store.RegisterNodeAsync(Samples.Node(slots: 1));
        await dispatcher.HandleHeartbeatAsync(Samples.NodeA, Samples.Heartbeat(1) with { SlotsTotal = 1, SlotsFree = 1 });
        await store.SubmitAsync(Samples.Job());
        await Eventually.IsTrueAsync("an offer", Soon, () => bus.Offers.Count == 1);
        AttemptKey key = bus.Offers.Single().Offer.Key;
        Progress(key, AttemptPhase.Encoding);
        await InStateAsync(JobState.Running);
        return key;
    }

    private Task ToldAsync(ControlKind kind) => Eventually.IsTrueAsync($"a {kind} to be sent", Soon, () => bus.Controls.Any(control => control.Message.Kind == kind));

    private Task<string> InStateAsync(JobState state) => Eventually.GetAsync($"the job to be {state}", Soon, async () => (await store.GetJobAsync("1"))!.State == state ? "yes" : null);
}
