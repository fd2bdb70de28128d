using System.Collections.Immutable;
using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <summary>
/// One step of the core: take the event in, end what is over, place what can be placed, set the timer.
///
///     waiting ──Claim──► Claiming ──JobClaimed/SendOffer──► Offered ──► Taken ──► (AttemptOver) · Publishing ──► (AttemptOver)
///                            └─ ClaimLost                     └──► Unanswered ──┘ named by a heartbeat
///
/// - The row is the truth and this is its shadow: an end is only asked for (EndAttempt), and believed when the store tells of
///   it (AttemptOver). What the store refuses (EndRefused), a heartbeat has just renewed, or somebody else has ended.
/// - Order of service: queue, then priority, then sequence. A job goes to the node with most free slots among those that could
///   run it; after a failure that is the host's fault to another node, as long as another that could run it is alive.
/// - The queue stays in the database. In memory is a window of at most <see cref="SchedulerLimits.Window"/> jobs. When slots are free
///   and nothing in the window fits them, the next stretch is read in place of it, until the end; when capacity changes
///   after jobs were passed by, reading starts again from the head. So a queue of any length takes bounded memory, and jobs that
///   fit nowhere cannot block those behind them.
/// - A heartbeat that does not name an attempt returns it to the queue at once, whether the agent was started again or never got
///   the offer; only one that may have crossed the acceptance (<see cref="SchedulerLimits.InFlight"/>) is not believed.
///
/// - A paused attempt is no hold: it fills no slot and no lease of it runs. One that is to go on is one again (Resuming), for as long as its
///   node names it; a node that is not heard of for <see cref="SchedulerLimits.ResumePatience"/> loses it, and the job begins anew.
///
/// Split: this file takes events in; Placement places; Holds ends leases and sets the timer; Wishes pauses and resumes.
/// </summary>
internal sealed partial class SchedulerStep(SchedulerState state, DateTimeOffset now)
{
    private readonly List<SchedulerEffect> effects = [];
    private SchedulerState state = state;

    /// <summary>Runs the step.</summary>
    public (SchedulerState State, IReadOnlyList<SchedulerEffect> Effects) Run(SchedulerEvent happened)
    {
        Take(happened);
        DropWhatIsOver();
        EndHolds();
        RejectImpossible();
        Place();
        ReadOn();
        SetTimer();
        return (state, effects);
    }

    private void Take(SchedulerEvent happened)
    {
        switch (happened)
        {
            case SchedulerEvent.Started started:
                TakeStart(started);
                break;
            case SchedulerEvent.JobQueued queued:
                TakeQueued(queued.Job);
                break;
            case SchedulerEvent.QueueRead read:
                TakeQueue(read);
                break;
            case SchedulerEvent.JobClaimed claimed:
                TakeClaim(claimed);
                break;
            case SchedulerEvent.ClaimLost lost:
                RemoveHold(lost.JobId, hold => hold.Phase == HoldPhase.Claiming);
                // Where it was claimed from was not what the database says any more.
                state = state with { ReadFromHead = true };
                break;
            case SchedulerEvent.StoreFailed failed:
                TakeStoreFailure(failed);
                break;
            case SchedulerEvent.OfferAnswered answered:
                TakeAnswer(answered);
                break;
            case SchedulerEvent.JobPublishing publishing:
                TakePublishing(publishing.JobId);
                break;
            case SchedulerEvent.AttemptOver over:
                RemoveHold(over.JobId, hold => hold.Key?.Attempt == over.Attempt);
                if (over.Again is { } again)
                {
                    // In one step: the slot that is free now goes by the order of service, to this job too.
                    TakeQueued(again);
                }

                break;
            case SchedulerEvent.EndRefused refused:
                TakeRefusedEnd(refused);
                break;
            case SchedulerEvent.JobCanceled canceled:
                TakeCancel(canceled);
                break;
            case SchedulerEvent.PauseWanted or SchedulerEvent.ResumeWanted or SchedulerEvent.JobPaused or SchedulerEvent.JobResumed:
                TakeWish(happened);
                break;
            case SchedulerEvent.NodeRegistered registered:
                state = state with { Nodes = state.Nodes.SetItem(registered.Node.Id, registered.Node), SettlesAt = Later(state.SettlesAt, now + SchedulerLimits.Settle) };
                LookAgain();
                break;
            case SchedulerEvent.NodeDrained drained:
                ChangeNode(drained.NodeId, node => node with { Draining = drained.Draining });
                LookAgain();
                break;
            case SchedulerEvent.NodeRemoved removed:
                state = state with { Nodes = state.Nodes.Remove(removed.NodeId), SettlesAt = Later(state.SettlesAt, now + SchedulerLimits.Replacement) };
                LookAgain();
                break;
            case SchedulerEvent.NodeHeard heard:
                TakeHeartbeat(heard);
                break;
            case SchedulerEvent.TimerFired:
                // It is set again in any case: it may have gone off before anything is due.
                state = state with { Timer = null };
                break;
        }
    }

    private void TakeStart(SchedulerEvent.Started started) => state = state with
    {
        Nodes = started.Nodes.ToImmutableSortedDictionary(node => node.Id, node => node, StringComparer.Ordinal),
        Holds = started.Held.ToImmutableSortedDictionary(hold => hold.JobId, hold => hold, StringComparer.Ordinal),
        SettlesAt = now + SchedulerLimits.Settle,
        ReadFromHead = true,
    };

    private void TakeQueued(QueuedJob job)
    {
        if (job.NotBefore > now)
        {
            state = state with { NextDue = Earlier(state.NextDue, job.NotBefore) };
            return;
        }

        if (state.Reading)
        {
            state = state with { Arrived = state.Arrived.Add(job) };
        }

        AddToWindow(job);
    }

    private void AddToWindow(QueuedJob job)
    {
        if (state.Holds.ContainsKey(job.Id))
        {
            // A claim from an old reading is under way, and will be lost or not: ask the database afterwards.
            state = state with { ReadFromHead = true };
        }
        else if (state.WindowEnd is null || job.Rank < state.WindowEnd)
        {
            state = state with { Window = state.Window.SetItem(job.Rank, job) };
            while (state.Window.Count > SchedulerLimits.Window)
            {
                state = state with { Window = state.Window.Remove(state.Window.Keys.Last()) };
                state = state with { WindowEnd = state.Window.Keys.Last() };
            }
        }
    }

    private void TakeQueue(SchedulerEvent.QueueRead read)
    {
        ImmutableList<QueuedJob> arrived = state.Arrived;
        state = state with
        {
            Reading = false,
            ReadingHead = false,
            Arrived = [],
            Window = ImmutableSortedDictionary<QueueRank, QueuedJob>.Empty,
            WindowEnd = null,
            HasPassed = !read.FromHead,
            // A job that failed after the queue was read and before this is told is in the state and not in the reading.
            NextDue = Earlier(state.NextDue, read.NextDue),
        };
        foreach (QueuedJob job in read.Jobs.Where(job => !state.Holds.ContainsKey(job.Id)))
        {
            state = state with { Window = state.Window.SetItem(job.Rank, job) };
        }

        state = state with { WindowEnd = read.More && read.Jobs.Count > 0 ? read.Jobs[^1].Rank : null };
        foreach (QueuedJob job in arrived)
        {
            TakeQueued(job);
        }
    }

    private void TakeClaim(SchedulerEvent.JobClaimed claimed)
    {
        Hold hold = new()
        {
            JobId = claimed.Key.JobId,
            NodeId = claimed.NodeId,
            Key = claimed.Key,
            Phase = HoldPhase.Offered,
            Since = now,
            LeaseUntil = claimed.LeaseUntil,
            TimeoutAt = Hold.TimeoutAfter(claimed.LeaseUntil, claimed.TimeoutSeconds),
        };
        state = state with { Holds = state.Holds.SetItem(hold.JobId, hold) };
        effects.Add(new SchedulerEffect.SendOffer(hold.NodeId, claimed.Key));
    }

    private void TakePublishing(string jobId)
    {
        if (state.Holds.GetValueOrDefault(jobId) is { } hold)
        {
            ForgetWithoutSlot(hold);
            Change(jobId, held => held with { Phase = HoldPhase.Publishing, Since = now, LeaseUntil = null, TimeoutAt = null, UnnamedSince = null });
            LookAgain();
        }
    }

    private void TakeStoreFailure(SchedulerEvent.StoreFailed failed)
    {
        if (failed.JobId is { } jobId)
        {
            RemoveHold(jobId, hold => hold.Phase == HoldPhase.Claiming);
        }
        else
        {
            state = state with { Reading = false, ReadingHead = false };
        }

        state = state with { ReadFromHead = true, PausedUntil = now + SchedulerLimits.StorePause };
    }

    private void TakeAnswer(SchedulerEvent.OfferAnswered answered)
    {
        if (FindHold(answered.Key) is not { Phase: HoldPhase.Offered or HoldPhase.Unanswered } hold)
        {
            return;
        }

        if (answered.Reply is null)
        {
            // Asked again only when it is heard: otherwise each of its slots would wait for a lease to end.
            Change(hold.JobId, held => held with { Phase = HoldPhase.Unanswered, Since = now });
            ChangeNode(hold.NodeId, node => node with { Listens = false });
        }
        else if (answered.Reply.Accepted)
        {
            Change(hold.JobId, held => held with { Phase = HoldPhase.Taken, Since = now });
        }
        else
        {
            state = state with { BackOffs = state.BackOffs.SetItem((hold.JobId, hold.NodeId), now + SchedulerLimits.RefusalBackOff) };
            End(hold, AttemptEnd.Refused, null, $"refused by node {hold.NodeId}: {answered.Reply.Reason ?? "no reason given"}");
        }
    }

    private void TakeRefusedEnd(SchedulerEvent.EndRefused refused)
    {
        if (FindHold(refused.Key) is not { } hold)
        {
            return;
        }

        if (refused.LeaseUntil is null)
        {
            RemoveHold(hold.JobId, _ => true);
        }
        else
        {
            // Renewed in the meantime, or the database is in trouble: what is due stays due, a little later.
            Change(hold.JobId, held => held with
            {
                Ending = false,
                LeaseUntil = held.LeaseUntil is null ? null : refused.LeaseUntil,
                TimeoutAt = held.TimeoutAt <= now ? now + SchedulerLimits.StorePause : held.TimeoutAt,
                Since = held.Phase is HoldPhase.Publishing or HoldPhase.Resuming ? now : held.Since,
            });
        }
    }

    private void TakeCancel(SchedulerEvent.JobCanceled canceled)
    {
        state = state with
        {
            Window = state.Window.RemoveRange(state.Window.Where(pair => pair.Value.Id == canceled.JobId).Select(pair => pair.Key)),
            Arrived = state.Arrived.RemoveAll(job => job.Id == canceled.JobId),
        };
        if (canceled is { NodeId: { } nodeId, Key: { } key })
        {
            effects.Add(new SchedulerEffect.SendCancel(nodeId, key));
        }
    }

    private Hold? FindHold(AttemptKey key) => state.Holds.GetValueOrDefault(key.JobId) is { } hold && hold.Key?.Token == key.Token ? hold : null;

    private void Change(string jobId, Func<Hold, Hold> change)
    {
        if (state.Holds.GetValueOrDefault(jobId) is { } hold)
        {
            state = state with { Holds = state.Holds.SetItem(jobId, change(hold)) };
        }
    }

    private void ChangeNode(string nodeId, Func<NodeView, NodeView> change)
    {
        if (state.Nodes.GetValueOrDefault(nodeId) is { } node)
        {
            state = state with { Nodes = state.Nodes.SetItem(nodeId, change(node)) };
        }
    }

    private void RemoveHold(string jobId, Func<Hold, bool> isMeant)
    {
        if (state.Holds.GetValueOrDefault(jobId) is { } hold && isMeant(hold))
        {
            state = state with { Holds = state.Holds.Remove(jobId) };
            ForgetWithoutSlot(hold);
            LookAgain();
        }
    }

    // The one that ended is likely the one that uploaded. If not, a slot stays empty until the next heartbeat, which comes at once.
    private void ForgetWithoutSlot(Hold hold)
    {
        if (hold.Phase == HoldPhase.Taken)
        {
            ChangeNode(hold.NodeId, node => node with { HeldWithoutSlot = Math.Max(0, node.HeldWithoutSlot - 1) });
        }
    }

    /// <summary>Capacity has changed: jobs that were passed by may fit now.</summary>
    private void LookAgain()
    {
        if (state.HasPassed)
        {
            state = state with { ReadFromHead = true };
        }
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one > other ? one.Value : other;

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null || one < other ? one : other;
}
