using System.Text.Json;
using Encode.Agent.Supervisor;
using Encode.Contracts.Json;
using Encode.Contracts.Messages;

namespace Encode.Agent.Tests.Supervisor;

/// <summary>What an agent holds, and what the master's words do to it.</summary>
public sealed class AttemptTableTests
{
    private readonly ManualClock _clock = new();
    private readonly AttemptTable _table;

    public AttemptTableTests() => _table = new AttemptTable(slots: 1, _clock);

    [Fact]
    public async Task A_slot_that_comes_free_is_that_of_the_attempt_that_waits_before_it_has_noticed()
    {
        JobOffer waiting = Samples.Offer() with { Key = new AttemptKey("fedcba9876543210fedcba9876543210", 1, "t2") };
        JobOffer next = Samples.Offer() with { Key = new AttemptKey("00000000000000000000000000000000", 1, "t3") };
        Assert.True(_table.Take(Samples.Offer(), out Attempt? first).Accepted);
        Attempt paused = _table.AdoptPaused(waiting);
        Task occupied = _table.OccupyAsync(paused);
        Assert.False(occupied.IsCompleted);
        _table.Remove(first!);
        Assert.False(_table.Take(next, out _).Accepted);
        await occupied.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        _table.FreeSlot(paused);
        Assert.True(_table.Take(next, out _).Accepted);
    }

    [Fact]
    public void An_offer_is_taken_once_however_often_it_comes()
    {
        Assert.True(_table.Take(Samples.Offer(), out Attempt? first).Accepted);
        Assert.True(_table.Take(Samples.Offer(), out Attempt? second).Accepted);
        Assert.NotNull(first);
        Assert.Null(second);
        Assert.Single(_table.All);
    }

    [Fact]
    public void An_offer_in_another_protocol_is_refused_and_says_which()
    {
        OfferReply reply = _table.Take(Samples.Offer() with { Protocol = 2 }, out Attempt? taken);
        Assert.Equal((false, "the node speaks protocol 1 and the master 2; install the same version on both"), (reply.Accepted, reply.Reason));
        Assert.Null(taken);
    }

    [Theory]
    [InlineData("../../etc/cron")]
    [InlineData("")]
    [InlineData("a.b")]
    public void An_offer_whose_id_is_none_is_refused_before_a_file_has_its_name(string id)
    {
        OfferReply reply = _table.Take(Samples.Offer(id), out Attempt? taken);
        Assert.Equal((false, $"'{id}' is no id of a job; install the same version on both"), (reply.Accepted, reply.Reason));
        Assert.Null(taken);
    }

    [Fact]
    public void An_offer_of_a_held_attempt_under_another_token_is_refused()
    {
        _table.Take(Samples.Offer(token: "t1"), out _);
        OfferReply reply = _table.Take(Samples.Offer(token: "t2"), out Attempt? taken);
        Assert.False(reply.Accepted);
        Assert.Null(taken);
    }

    [Fact]
    public void A_slot_is_given_back_before_its_attempt_ends()
    {
        _table.Take(Samples.Offer("a"), out Attempt? first);
        Assert.Equal("the node has no free slot", _table.Take(Samples.Offer("b"), out _).Reason);
        Assert.Equal(0, _table.Free);

        _table.FreeSlot(first!);
        Assert.True(_table.Take(Samples.Offer("b"), out Attempt? second).Accepted);
        _table.Remove(first!);
        _table.Remove(second!);
        Assert.Empty(_table.All);
        Assert.Equal(1, _table.Free);
    }

    [Fact]
    public void A_draining_node_takes_nothing_new_and_keeps_what_it_has()
    {
        _table.Take(Samples.Offer("a"), out Attempt? first);
        _table.FreeSlot(first!);
        _table.Draining = true;
        Assert.Equal("the node takes no more work", _table.Take(Samples.Offer("b"), out _).Reason);
        Assert.True(_table.Take(Samples.Offer("a"), out _).Accepted);
        Assert.Equal(0, _table.Free);
    }

    [Fact]
    public void An_acknowledged_heartbeat_renews_the_lease_of_what_it_names()
    {
        _table.Take(Samples.Offer(leaseSeconds: 90), out Attempt? attempt);
        _clock.Advance(70);
        _table.Apply([], Reply(attempt!.Key, Verdict.Accepted), _clock.GetTimestamp());
        _clock.Advance(70);
        _table.StopLapsed();
        Assert.Equal(StopCause.None, attempt.Cause);

        _clock.Advance(11);
        _table.StopLapsed();
        Assert.Equal(StopCause.LeaseLost, attempt.Cause);
        Assert.True(attempt.Stopping.IsCancellationRequested);
    }

    [Fact]
    public void A_first_lease_counts_from_the_claim_and_not_from_the_arrival_of_the_offer()
    {
        _table.Take(Samples.Offer(leaseSeconds: 3) with { LeaseAgeSeconds = 1 }, out Attempt? attempt);
        Assert.Equal(1.4, attempt!.Lease.Remaining.TotalSeconds, 0.001);
    }

    [Fact]
    public void A_log_never_outgrows_a_message()
    {
        _table.Take(Samples.Offer(), out Attempt? attempt);
        for (int line = 0; line < MessageLimits.LogLines; line++)
        {
            attempt!.OnLog(new string('\u0001', MessageLimits.LogLineChars * 2));
        }

        attempt!.OnLog("the last word");
        ResultMessage message = new(attempt.Key, Outcome.Failed, null, null, attempt.Log);
        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(message, ContractsJson.Default.ResultMessage).Length, 100_000, MessageLimits.PayloadBytes / 2);
        Assert.Equal("the last word", attempt.Log[^1]);
    }

    [Fact]
    public void A_drop_stops_and_silences_an_attempt_but_not_one_that_is_being_published()
    {
        _table.Take(Samples.Offer(), out Attempt? attempt);
        _table.Apply([], Reply(attempt!.Key with { Token = "other" }, Verdict.Drop), 0);
        Assert.Equal(StopCause.None, attempt.Cause);

        attempt.Enter(AttemptPhase.Publishing);
        _table.Apply([], Reply(attempt.Key, Verdict.Drop), 0);
        Assert.Equal(StopCause.None, attempt.Cause);

        attempt.Enter(AttemptPhase.Encoding);
        _table.Apply([], Reply(attempt.Key, Verdict.Drop), 0);
        Assert.Equal(StopCause.Dropped, attempt.Cause);
        Assert.True(attempt.Silenced.IsCancellationRequested);
    }

    [Fact]
    public void A_cancel_stops_what_works_and_leaves_what_has_ended()
    {
        _table.Take(Samples.Offer(), out Attempt? attempt);
        attempt!.Reporting = true;
        _table.Apply([], Reply(attempt.Key, Verdict.Accepted, ControlKind.Cancel), 0);
        Assert.Equal(StopCause.None, attempt.Cause);

        attempt.Reporting = false;
        _table.Apply([], Reply(attempt.Key, Verdict.Accepted, ControlKind.Cancel), 0);
        Assert.Equal(StopCause.Canceled, attempt.Cause);
        Assert.False(attempt.Silenced.IsCancellationRequested);

        attempt.Stop(StopCause.TimedOut);
        Assert.Equal(StopCause.Canceled, attempt.Cause);
        attempt.Stop(StopCause.Dropped);
        Assert.Equal(StopCause.Dropped, attempt.Cause);
    }

    [Fact]
    public void An_attempt_that_was_left_by_an_earlier_run_keeps_no_slot_busy_and_no_lease()
    {
        Attempt attempt = _table.Adopt(Samples.Offer(leaseSeconds: 3));
        _clock.Advance(1000);
        _table.StopLapsed();
        Assert.Equal(StopCause.None, attempt.Cause);
        Assert.Equal(1, _table.Free);
        Assert.Same(attempt, _table.Find(attempt.Key));
    }

    private static HeartbeatReply Reply(AttemptKey key, Verdict verdict, ControlKind? wish = null) => new([new HeldReply(key, verdict, wish)], 90, Drain: false);
}
