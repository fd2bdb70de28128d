using System.Globalization;
using System.Security.Cryptography;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

// Two ways to say the same: over the broker each heartbeat interval and at once when something changed; over HTTPS each poll
// interval. Either renews leases and brings the master's word on what is held, so the loss of either one ends no encode. A lease
// counts from when the message was sent; that time is taken before the message is built.

/// <summary>Tells the master what this agent holds, and does what the answers say.</summary>
internal sealed class Heartbeats(AttemptTable table, TimeSpan interval, TimeSpan pollInterval, TimeProvider clock, ILogger log) : IDisposable
{
    private const int IncarnationBytes = 8;
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly string _incarnation = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IncarnationBytes));
    private readonly SemaphoreSlim _now = new(0, 1);
    private long _sequence;
    private bool _away;
    private Task _takingJwt = Task.CompletedTask;
    private volatile bool _heard;

    /// <summary>Whether the agent itself is shutting down; then a drain wish of the master changes nothing.</summary>
    internal bool Stopping { get; set; }

    /// <summary>Whether offers are heard now. While they are not, no slot is free: an offer would find nobody.</summary>
    internal Func<bool> HearsOffers { get; init; } = () => true;

    /// <summary>Whether the broker's JWT wants renewing.</summary>
    internal Func<bool> WantsUserJwt { get; init; } = () => false;

    /// <summary>Takes a new JWT.</summary>
    internal Func<string, Task> UseUserJwt { get; init; } = _ => Task.CompletedTask;

    /// <summary>What this host can do; told until one heartbeat was answered.</summary>
    internal NodeCapabilities? Capabilities { get; set; }

    /// <summary>Asks for a heartbeat at once.</summary>
    internal void Now()
    {
        try
        {
            _now.Release();
        }
        catch (Exception cause) when (cause is SemaphoreFullException or ObjectDisposedException)
        {
            // One is due already, or the agent ends.
        }
    }

    /// <summary>Sends heartbeats over the broker until canceled.</summary>
    internal async Task BeatAsync(Func<Heartbeat, CancellationToken, Task<HeartbeatReply?>> send, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            bool answered = await OnceAsync(send, cancel).ConfigureAwait(false);
            TimeSpan pause = answered || interval < RetryPause ? interval : RetryPause;
            try
            {
                await _now.WaitAsync(pause, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Sends one heartbeat and applies the answer.</summary>
    /// <returns>Whether there was one.</returns>
    internal async Task<bool> OnceAsync(Func<Heartbeat, CancellationToken, Task<HeartbeatReply?>> send, CancellationToken cancel)
    {
        long sentAt = clock.GetTimestamp();
        try
        {
            Heartbeat heartbeat = Make();
            HeartbeatReply? reply = await send(heartbeat, cancel).ConfigureAwait(false);
            if (reply is not null)
            {
                Apply(heartbeat, reply, sentAt);
            }

            return reply is not null;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Reconciles over HTTPS until canceled.</summary>
    /// <param name="send">Sends one; the status is 200 with a reply, or another without.</param>
    /// <param name="registerAgain">
    /// Asks for a registration when the master does not know this node (any more). It is made elsewhere: the next poll may renew leases again
    /// although the registration fails, as when something between the two gave the answer.
    /// </param>
    /// <param name="cancel">Ends it.</param>
    internal async Task ReconcileAsync(
        Func<Heartbeat, CancellationToken, Task<(int Status, HeartbeatReply? Reply, string? Problem)>> send, Action registerAgain, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            await Task.Delay(pollInterval, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancel.IsCancellationRequested)
            {
                return;
            }

            if (await ReconcileOnceAsync(send, cancel).ConfigureAwait(false) is 401 or 403 or 404)
            {
                registerAgain();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _now.Dispose();

    private async Task<int> ReconcileOnceAsync(
        Func<Heartbeat, CancellationToken, Task<(int Status, HeartbeatReply? Reply, string? Problem)>> send, CancellationToken cancel)
    {
        long sentAt = clock.GetTimestamp();
        string reason;
        try
        {
            Heartbeat heartbeat = Make() with { WantsUserJwt = WantsUserJwt() };
            (int status, HeartbeatReply? reply, string? problem) = await send(heartbeat, cancel).ConfigureAwait(false);
            if (reply is not null)
            {
                Back();
                Apply(heartbeat, reply, sentAt);
                if (reply.UserJwt is { } jwt && _takingJwt.IsCompleted)
                {
                    _takingJwt = UseUserJwt(jwt); // Not awaited: no broker holds up the renewal of leases.
                }

                return status;
            }

            reason = problem ?? string.Create(CultureInfo.InvariantCulture, $"status {status}");
            if (status is 401 or 403 or 404)
            {
                return status;
            }
        }
        catch (HttpRequestException cause)
        {
            reason = cause.Message;
        }
        catch (OperationCanceledException)
        {
            reason = "it took too long to answer";
        }

        Away(reason);
        return 0;
    }

    private Heartbeat Make() => new()
    {
        Incarnation = _incarnation,
        Sequence = Interlocked.Increment(ref _sequence),
        SlotsTotal = table.Slots,
        SlotsFree = HearsOffers() ? table.Free : 0,
        Draining = table.Draining,
        Leaving = Stopping && table.All.Count == 0,
        Held = [.. table.All.Select(attempt => attempt.Held)],
        Capabilities = _heard ? null : Capabilities,
    };

    private void Apply(Heartbeat told, HeartbeatReply reply, long sentAt)
    {
        _heard = true;
        table.Apply(told.Held, reply, sentAt);
        if (!Stopping && reply.Drain != table.Draining)
        {
            log.NodeWish(reply.Drain ? "take no more work" : "take work again");
            table.Draining = reply.Drain;
        }
    }

    private void Away(string reason)
    {
        if (!_away)
        {
            _away = true;
            log.MasterAway(reason);
        }
    }

    private void Back()
    {
        if (_away)
        {
            _away = false;
            log.MasterBack();
        }
    }
}
