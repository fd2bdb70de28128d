using System.Text.Json;
using Encode.Agent.Supervisor;
using Encode.Agent.Tests.Farm;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.TestKit;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>A whole agent under a master that the test plays, over HTTP and a real broker.</summary>
public sealed class AgentServiceTests : IAsyncLifetime
{
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(60);

    private readonly RunningAgent _agent = new();

    private FakeMaster Master => _agent.Master;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Fact]
    public async Task A_job_that_runs_may_end_when_the_agent_is_told_to_stop()
    {
        await _agent.StartAsync(Patient);
        await OfferAsync(Offer(seconds: 5));
        await _agent.StopAsync();
        Assert.Equal(Outcome.Succeeded, Assert.Single(Master.Results).Outcome);
        Assert.Contains("/files/out.mp4", Master.Staged.Keys);
        Assert.True(Master.Heartbeats[^1].Draining);
        Assert.Empty(Master.Heartbeats[^1].Held);
        Assert.Empty(_agent.Unfinished);
    }

    [Fact]
    public async Task A_job_that_does_not_end_in_time_is_given_back()
    {
        await _agent.StartAsync(TimeSpan.Zero);
        await OfferAsync(Offer() with { Settings = Samples.Long });
        await Master.EncodingAsync();
        await _agent.StopAsync();
        Assert.Equal(Outcome.Canceled, Assert.Single(Master.Results).Outcome);
        Assert.Empty(Master.Heartbeats[^1].Held);
        Assert.Empty(_agent.Unfinished);
    }

    [Fact]
    public async Task A_job_that_is_paused_while_the_agent_waits_for_it_is_waited_for_no_more()
    {
        await _agent.StartAsync(TimeSpan.FromHours(1));
        JobOffer offer = Offer() with { Settings = Samples.Long };
        await OfferAsync(offer);
        await Master.EncodingAsync();
        Task stopping = _agent.StopAsync();
        await Eventually.IsTrueAsync("the agent to be told to stop", FakeMaster.Deadline, () => Master.Heartbeats[^1].Draining);
        await Master.ControlAsync(new ControlMessage(ControlKind.Pause, offer.Key));
        await stopping.WaitAsync(FakeMaster.Deadline);
        Assert.Empty(Master.Results);
        Assert.Equal(JournalStep.Paused, Assert.Single(_agent.Journal).Step);
    }

    [Fact]
    public async Task A_pause_that_comes_while_the_agent_ends_is_told_until_the_master_has_answered()
    {
        await _agent.StartAsync(TimeSpan.FromHours(1));
        JobOffer offer = Offer() with { Settings = Samples.Long };
        await OfferAsync(offer);
        await Master.EncodingAsync();
        int told = 0;
        Master.OnHeartbeat = heartbeat => heartbeat.Held.Any(held => held.Phase == AttemptPhase.Paused) && Interlocked.Increment(ref told) <= 3 ? null : FakeMaster.AcceptAll(heartbeat);
        Task stopping = _agent.StopAsync();
        await Eventually.IsTrueAsync("the agent to be told to stop", FakeMaster.Deadline, () => Master.Heartbeats[^1].Draining);
        await Master.ControlAsync(new ControlMessage(ControlKind.Pause, offer.Key));
        await stopping.WaitAsync(FakeMaster.Deadline);
        Assert.True(told > 3, "it left before the master had heard of its pause");
        Assert.Equal(JournalStep.Paused, Assert.Single(_agent.Journal).Step);
    }

    [Fact]
    public async Task Nothing_that_lies_about_keeps_an_agent_from_working()
    {
        string unknown = Directory.CreateDirectory(Path.Combine(_agent.Work, "segments/lost+found")).FullName;
        string aside = Directory.CreateDirectory(Path.Combine(_agent.Work, "segments/aaaa.1")).FullName;
        string output = Path.Combine(Directory.CreateDirectory(Path.Combine(_agent.Work, "outputs")).FullName, ".upload.aaaa.1.tmp");
        Directory.CreateDirectory(Path.Combine(_agent.Work, "attempts"));
        await File.WriteAllTextAsync(output, "");
        await File.WriteAllTextAsync(Path.Combine(_agent.Work, "attempts/aaaa.1.json"), """{"of":"another version"}""");
        JournalEntry entry = new(Samples.Offer("no id"), JournalStep.Paused, null);
        await File.WriteAllTextAsync(Path.Combine(_agent.Work, "attempts/bbbb.1.json"), JsonSerializer.Serialize(entry, JournalJson.Default.JournalEntry));
        await _agent.StartAsync(Patient);
        Assert.Equal(unknown, Assert.Single(_agent.Log.Of("segments_unknown")).Split(' ')[0]);
        Assert.Equal(2, _agent.Log.Of("journal_set_aside").Count);
        Assert.True(Directory.Exists(unknown) && Directory.Exists(aside) && File.Exists(output));
        await OfferAsync(Offer());
    }

    [Fact]
    public async Task Offers_are_heard_by_the_time_of_the_first_sign_of_life()
    {
        TaskCompletionSource<OfferReply?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int heartbeats = 0;
        Master.OnHeartbeat = heartbeat =>
        {
            if (Interlocked.Increment(ref heartbeats) == 1)
            {
                _ = Task.Run(async () => answer.SetResult(await Master.OfferAsync(Offer())));
            }

            return FakeMaster.AcceptAll(heartbeat);
        };
        await _agent.StartAsync(Patient);
        Assert.True((await answer.Task)?.Accepted);
    }

    [Fact]
    public async Task A_node_without_a_broker_goes_on_over_https_and_has_no_free_slot()
    {
        await _agent.StartAsync(Patient);
        Assert.Equal(1, Master.Heartbeats[^1].SlotsFree);
        await Master.KillBrokerAsync();
        await Eventually.IsTrueAsync("a heartbeat without a free slot", FakeMaster.Deadline, () => Master.Heartbeats[^1].SlotsFree == 0);
        Assert.False(Master.Heartbeats[^1].Draining);
    }

    [Fact]
    public async Task A_node_whose_broker_moved_registers_again_and_takes_offers_there()
    {
        await _agent.StartAsync(Patient);
        await Eventually.IsTrueAsync("offers to be heard", FakeMaster.Deadline, () => Master.Heartbeats[^1].SlotsFree == 1);
        await Master.MoveBrokerAsync();
        OfferReply reply = await Eventually.GetAsync("an offer's answer", FakeMaster.Deadline, () => Master.OfferAsync(Offer()));
        Assert.True(reply.Accepted);
    }

    [Fact]
    public async Task A_master_that_refuses_a_node_it_knew_ends_no_encode()
    {
        await _agent.StartAsync(Patient);
        await OfferAsync(Offer() with { Settings = Samples.Long });
        await Master.EncodingAsync();

        // What a proxy answers while the master behind it starts again.
        int refusals = 0;
        Master.OnHeartbeat = _ => null;
        Master.OnRegister = _ => Interlocked.Increment(ref refusals) <= 3 ? (refusals == 1 ? 404 : 403) : 200;
        await Eventually.IsTrueAsync("another registration", FakeMaster.Deadline, () => Volatile.Read(ref refusals) > 4);
        Assert.False(_agent.HasEnded);
        Master.OnHeartbeat = FakeMaster.AcceptAll;
        int heard = Master.Heartbeats.Count;
        await Eventually.IsTrueAsync("more heartbeats", FakeMaster.Deadline, () => Master.Heartbeats.Count > heard + 2);
        Assert.Single(Master.Heartbeats[^1].Held);
        Assert.Empty(Master.Results);
        await Master.ControlAsync(new ControlMessage(ControlKind.Cancel, Offer().Key));
        await Eventually.IsTrueAsync("the end of the job", FakeMaster.Deadline, () => Master.Results.Count == 1);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(503)]
    public async Task A_registration_that_was_only_asked_for_holds_up_no_renewal_of_leases_when_it_fails(int status)
    {
        await _agent.StartAsync(TimeSpan.Zero);
        await OfferAsync(Offer() with { Settings = Samples.Long });
        await Master.EncodingAsync();
        await Master.KillBrokerAsync();
        int refusals = 0;
        Master.OnRegister = _ =>
        {
            Interlocked.Increment(ref refusals);
            return status;
        };
        _agent.ReplaceCa();
        _agent.Reload();
        await Eventually.IsTrueAsync("a registration to fail again", FakeMaster.Deadline, () => Volatile.Read(ref refusals) > 1);
        int heard = Master.Heartbeats.Count;
        await Eventually.IsTrueAsync("more heartbeats over HTTPS", TimeSpan.FromSeconds(20), () => Master.Heartbeats.Count > heard + 5);
        Assert.Single(Master.Heartbeats[^1].Held);
        Assert.False(_agent.HasEnded);

        int registered = Master.Registrations;
        Master.OnRegister = _ => 200;
        await Eventually.IsTrueAsync("a registration", FakeMaster.Deadline, () => Master.Registrations > registered);
    }

    [Fact]
    public async Task SIGHUP_registers_with_another_key_and_does_nothing_where_nothing_changed()
    {
        await _agent.StartAsync(Patient);
        await Eventually.IsTrueAsync("offers to be heard", FakeMaster.Deadline, () => Master.Heartbeats[^1].SlotsFree == 1);
        int registered = Master.Registrations;
        _agent.Reload();
        int heard = Master.Heartbeats.Count;
        await Eventually.IsTrueAsync("more heartbeats", FakeMaster.Deadline, () => Master.Heartbeats.Count > heard + 6);
        Assert.Equal(registered, Master.Registrations);

        Master.RequiredKey = "another-key";
        _agent.ReplaceKey("another-key");
        _agent.Reload();
        await Eventually.IsTrueAsync("a registration", FakeMaster.Deadline, () => Master.Registrations > registered);
        Assert.Equal(0, Master.WrongKeys);
    }

    [Fact]
    public async Task An_encode_whose_lease_nobody_renews_is_stopped_and_deleted()
    {
        await _agent.StartAsync(Patient);
        Master.OnHeartbeat = _ => new HeartbeatReply([], 90, Drain: false);
        await OfferAsync(Offer() with { Settings = Samples.Long, LeaseSeconds = 3 });
        await Eventually.IsTrueAsync("the attempt in a heartbeat", FakeMaster.Deadline, () => Master.Heartbeats.Any(heartbeat => heartbeat.Held.Count == 1));
        await Eventually.IsTrueAsync("no attempt in a heartbeat", FakeMaster.Deadline, () => Master.Heartbeats[^1].Held is []);
        Assert.Empty(Master.Results);
        Assert.Empty(_agent.Unfinished);
    }

    [Fact]
    public async Task A_cancel_ends_an_encode_and_frees_its_slot()
    {
        await _agent.StartAsync(Patient);
        JobOffer offer = Offer() with { Settings = Samples.Long };
        await OfferAsync(offer);
        await Master.EncodingAsync();
        await Master.ControlAsync(new ControlMessage(ControlKind.Cancel, offer.Key));
        await Eventually.IsTrueAsync("the cancel to be reported", FakeMaster.Deadline, () => Master.Results.Count == 1);
        Assert.Equal(Outcome.Canceled, Master.Results[0].Outcome);
        await Eventually.IsTrueAsync("a free slot", FakeMaster.Deadline, () => Master.Heartbeats[^1].SlotsFree == 1);
    }

    [Fact]
    public async Task A_registration_tells_what_the_host_can_and_where_files_are()
    {
        await _agent.StartAsync(Patient);
        RegisterRequest request = Master.Registered!;
        Assert.Equal(("host", 1), (request.Name, request.Slots));
        Assert.Equal([_agent.Media], request.MediaRoots);
        Assert.Contains(request.Capabilities.Encoders, encoder => encoder.Name == "libx264");
    }

    private async Task OfferAsync(JobOffer offer) => Assert.True((await Master.OfferAsync(offer))?.Accepted);

    private static JobOffer Offer(double seconds = 1) => Samples.Offer() with { Settings = Samples.Offer().Settings with { GeneratedSeconds = seconds } };
}
