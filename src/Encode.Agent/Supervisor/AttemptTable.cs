using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <summary>The attempts that this agent holds, and the slots they keep busy. Thread-safe.</summary>
internal sealed class AttemptTable(int slots, TimeProvider clock)
{
    private readonly Dictionary<(string Job, int Attempt), Attempt> _held = [];
    private readonly Lock _lock = new();
    private readonly List<(Attempt Attempt, TaskCompletionSource Freed)> _waiting = [];
    private bool _draining;

    /// <summary>Raised, outside the lock, when the number of free slots or the set of held attempts has changed, and when the master has heard that one stands still.</summary>
    internal event Action? Changed;

    /// <summary>Slots in all.</summary>
    internal int Slots => slots;

    /// <summary>Whether no more work is taken.</summary>
    internal bool Draining
    {
        get
        {
            lock (_lock)
            {
                return _draining;
            }
        }

        set
        {
            lock (_lock)
            {
                _draining = value;
            }

            Changed?.Invoke();
        }
    }

    /// <summary>Every attempt held now.</summary>
    internal IReadOnlyList<Attempt> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _held.Values];
            }
        }
    }

    /// <summary>Slots that would take a job now.</summary>
    internal int Free
    {
        get
        {
            lock (_lock)
            {
                return _draining ? 0 : Math.Max(0, slots - Busy - _waiting.Count);
            }
        }
    }

    private int Busy => _held.Values.Count(attempt => attempt.OccupiesSlot);

    /// <summary>Takes an offer when there is room. One that is held already is taken again, without a second attempt.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="taken">The new attempt, to be run; null when it is held already or refused.</param>
    internal OfferReply Take(JobOffer offer, out Attempt? taken)
    {
        taken = null;
        if (offer.Protocol != MessageLimits.Protocol)
        {
            return new OfferReply(false, $"the node speaks protocol {MessageLimits.Protocol} and the master {offer.Protocol}; install the same version on both");
        }

        if (!AttemptNames.CanBe(offer.Key))
        {
            return new OfferReply(false, $"'{offer.Key.JobId}' is no id of a job; install the same version on both");
        }

        lock (_lock)
        {
            if (_held.TryGetValue((offer.Key.JobId, offer.Key.Attempt), out Attempt? held))
            {
                return held.Key == offer.Key ? new OfferReply(true) : new OfferReply(false, "this node holds the attempt under another lease");
            }

            if (_draining)
            {
                return new OfferReply(false, "the node takes no more work");
            }

            if (Busy + _waiting.Count >= slots)
            {
                return new OfferReply(false, "the node has no free slot");
            }

            taken = new Attempt(offer, clock);
            _held.Add((offer.Key.JobId, offer.Key.Attempt), taken);
        }

        Changed?.Invoke();
        return new OfferReply(true);
    }

    /// <summary>Adds an attempt that an earlier run of the agent left; it keeps no slot busy.</summary>
    internal Attempt Adopt(JobOffer offer)
    {
        Attempt attempt = new(offer, clock) { OccupiesSlot = false, Reporting = true };
        lock (_lock)
        {
            _held[(offer.Key.JobId, offer.Key.Attempt)] = attempt;
        }

        return attempt;
    }

    /// <summary>Adds an attempt that stood still when an earlier run of the agent ended.</summary>
    internal Attempt AdoptPaused(JobOffer offer)
    {
        Attempt attempt = new(offer, clock) { OccupiesSlot = false };
        attempt.Pause();
        attempt.Enter(AttemptPhase.Paused);
        lock (_lock)
        {
            _held[(offer.Key.JobId, offer.Key.Attempt)] = attempt;
        }

        return attempt;
    }

    /// <summary>Waits for a slot for an attempt that stood still, before any offer gets one.</summary>
    internal async Task OccupyAsync(Attempt attempt)
    {
        TaskCompletionSource freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Add((attempt, freed));
            GiveFreeSlot();
        }

        try
        {
            await freed.Task.WaitAsync(attempt.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            GiveUpWait(attempt, freed);
            throw;
        }

        Changed?.Invoke();
    }

    /// <summary>The attempt of a key, if its token fits.</summary>
    internal Attempt? Find(AttemptKey key)
    {
        lock (_lock)
        {
            return _held.TryGetValue((key.JobId, key.Attempt), out Attempt? held) && held.Key == key ? held : null;
        }
    }

    /// <summary>Gives an attempt's slot back while it is still held.</summary>
    internal void FreeSlot(Attempt attempt)
    {
        lock (_lock)
        {
            attempt.OccupiesSlot = false;
            GiveFreeSlot();
        }

        Changed?.Invoke();
    }

    /// <summary>Tells the master at once of what is held now.</summary>
    internal void Announce() => Changed?.Invoke();

    /// <summary>Forgets an attempt that has ended.</summary>
    internal void Remove(Attempt attempt)
    {
        lock (_lock)
        {
            _held.Remove((attempt.Key.JobId, attempt.Key.Attempt));
            GiveFreeSlot();
        }

        Changed?.Invoke();
    }

    /// <summary>Stops every attempt whose lease is over and that still works.</summary>
    internal void StopLapsed()
    {
        foreach (Attempt attempt in All)
        {
            if (!attempt.Reporting && attempt.Phase != AttemptPhase.Paused && attempt.Lease.IsOver)
            {
                attempt.Stop(StopCause.LeaseLost);
            }
        }
    }

    /// <summary>Does what a heartbeat's answer says.</summary>
    /// <param name="told">What the heartbeat said of what is held.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="sentAt">When the heartbeat was sent.</param>
    internal void Apply(IReadOnlyList<HeldAttempt> told, HeartbeatReply reply, long sentAt)
    {
        foreach (HeldReply word in reply.Held)
        {
            if (Find(word.Key) is { } attempt)
            {
                Apply(attempt, word, sentAt, reply.LeaseSeconds);
            }
        }

        bool isNews = false;
        foreach (HeldAttempt held in told)
        {
            isNews |= Find(held.Key)?.WasHeard(held.Phase) == true;
        }

        if (isNews)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>Gives a slot that is free to the first that waits, at once: before it has noticed, an offer would take it. Under the lock.</summary>
    private void GiveFreeSlot()
    {
        if (_waiting.Count > 0 && Busy < slots)
        {
            (Attempt attempt, TaskCompletionSource freed) = _waiting[0];
            _waiting.RemoveAt(0);
            attempt.OccupiesSlot = true;
            freed.TrySetResult();
        }
    }

    /// <summary>One that waits no more; where it has a slot already, the next one gets that.</summary>
    private void GiveUpWait(Attempt attempt, TaskCompletionSource freed)
    {
        lock (_lock)
        {
            if (!_waiting.Remove((attempt, freed)))
            {
                attempt.OccupiesSlot = false;
                GiveFreeSlot();
            }
        }
    }

    private static void Apply(Attempt attempt, HeldReply word, long sentAt, double leaseSeconds)
    {
        if (word.Verdict == Verdict.Accepted)
        {
            attempt.Lease.Renew(sentAt, leaseSeconds);
        }
        else if (word.Verdict == Verdict.Drop && attempt.Phase != AttemptPhase.Publishing)
        {
            attempt.Stop(StopCause.Dropped);
        }

        if (word.Wish == ControlKind.Cancel && !attempt.Reporting)
        {
            attempt.Stop(StopCause.Canceled);
        }
        else if (word.Wish == ControlKind.Pause)
        {
            attempt.Pause();
        }
        else if (word.Wish == ControlKind.Resume)
        {
            attempt.Resume();
        }
    }
}
