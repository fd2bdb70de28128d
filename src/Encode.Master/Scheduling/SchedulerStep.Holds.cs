using System.Collections.Immutable;
using Encode.Contracts.Jobs;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <content>Heartbeats, leases, timeouts, and the timer that watches them.</content>
internal sealed partial class SchedulerStep
{
    private void TakeHeartbeat(SchedulerEvent.NodeHeard heard)
    {
        if (state.Nodes.GetValueOrDefault(heard.NodeId) is not { } before)
        {
            return;
        }

        // A slot is free, held, or away; where more are counted than there are, attempts are held without one. Only those count there that take a
        // slot in this view: one whose result has come since the heartbeat was written would give its slot a second time.
        int working = state.Holds.Values.Count(hold =>
            hold.NodeId == heard.NodeId && hold.Phase is HoldPhase.Offered or HoldPhase.Unanswered or HoldPhase.Taken && heard.Working.Contains(hold.JobId) && heard.Confirmed.Contains(hold.JobId));
        NodeView node = before with
        {
            Slots = heard.SlotsTotal,
            SlotsAway = Math.Max(0, heard.SlotsTotal - heard.SlotsFree - heard.Working.Count),
            HeldWithoutSlot = Math.Max(0, heard.SlotsFree + working - heard.SlotsTotal),
            Draining = heard.Draining,
            Listens = true,
            LastSeen = now,
        };
        state = state with { Nodes = state.Nodes.SetItem(node.Id, node) };
        if (!before.TakesWork(now) || before.Room != node.Room)
        {
            LookAgain();
        }

        foreach (Hold hold in state.Holds.Values.Where(hold => hold.NodeId == node.Id))
        {
            if (heard.Confirmed.Contains(hold.JobId))
            {
                Confirm(hold, heard.LeaseUntil);
            }
            else
            {
                Miss(hold, node, heard.ReceivedAt);
            }
        }
    }

    private void Confirm(Hold hold, DateTimeOffset leaseUntil)
    {
        bool wasOpen = hold.Phase is HoldPhase.Offered or HoldPhase.Unanswered;
        Change(hold.JobId, held => held with
        {
            Phase = wasOpen ? HoldPhase.Taken : held.Phase,
            Since = wasOpen || held.Phase == HoldPhase.Resuming ? now : held.Since,
            LeaseUntil = held.LeaseUntil is null ? null : leaseUntil,
            UnnamedSince = null,
        });
    }

    /// <summary>A heartbeat did not name an attempt that its node should hold.</summary>
    private void Miss(Hold hold, NodeView node, DateTimeOffset receivedAt)
    {
        if (hold.Ending || hold.Phase is HoldPhase.Claiming or HoldPhase.Offered or HoldPhase.Resuming)
        {
            return;
        }

        if (receivedAt < hold.Since + SchedulerLimits.InFlight)
        {
            // It may have been sent before the node took the offer: the next one tells.
            return;
        }

        if (hold.Phase == HoldPhase.Unanswered)
        {
            End(hold, AttemptEnd.NeverTaken, null, $"node {node.Id} did not get the offer");
        }
        else if (hold.Phase == HoldPhase.Taken)
        {
            End(hold, AttemptEnd.Forgotten, new JobError(
                ErrorClass.Platform, $"encode on node {node.Id}: its agent does not know the attempt any more, it was started again"), $"forgotten by node {node.Id}");
        }
        else if (now >= (hold.UnnamedSince ?? now) + node.Lease)
        {
            GiveUpPublishing(hold, "its agent does not know the finished output any more");
        }
        else
        {
            Change(hold.JobId, held => held with { UnnamedSince = held.UnnamedSince ?? now });
        }
    }

    private void EndHolds()
    {
        foreach (Hold hold in state.Holds.Values.Where(hold => !hold.Ending))
        {
            if (hold.LeaseUntil <= now)
            {
                ExpireLease(hold);
                effects.Add(new SchedulerEffect.SendCancel(hold.NodeId, hold.Key!));
            }
            else if (hold.TimeoutAt <= now)
            {
                End(hold, AttemptEnd.TimedOut, new JobError(
                    ErrorClass.Resource, "encode: the attempt ran longer than timeout_seconds allows; allow more, or choose a quicker scenario"), "ran too long");
                effects.Add(new SchedulerEffect.SendCancel(hold.NodeId, hold.Key!));
            }
            else if (hold.Phase == HoldPhase.Publishing && now >= PublishingDeadline(hold))
            {
                GiveUpPublishing(hold, "the node did not come back");
            }
            else if (hold.Phase == HoldPhase.Resuming && now >= ResumeDeadline(hold))
            {
                EndResume(hold);
            }
        }
    }

    private void ExpireLease(Hold hold)
    {
        if (hold.Phase is HoldPhase.Offered or HoldPhase.Unanswered)
        {
            // As far as anybody knows it never ran, so that it costs the job nothing.
            End(hold, AttemptEnd.OfferExpired, null, $"node {hold.NodeId} did not answer the offer until its lease ended");
        }
        else
        {
            End(hold, AttemptEnd.LeaseExpired, new JobError(
                ErrorClass.Platform, $"encode on node {hold.NodeId}: the node was not heard of until its lease ended; check the host"), $"the lease of node {hold.NodeId} ended");
        }
    }

    private void End(Hold hold, AttemptEnd end, JobError? error, string line)
    {
        Change(hold.JobId, held => held with { Ending = true });
        effects.Add(new SchedulerEffect.EndAttempt(new AttemptEnding(hold.NodeId, hold.Key!, end, error, line)));
    }

    private void GiveUpPublishing(Hold hold, string why)
    {
        Change(hold.JobId, held => held with { Ending = true });
        effects.Add(new SchedulerEffect.GiveUpPublishing(hold.NodeId, hold.Key!, new JobError(
            ErrorClass.Platform, $"publish the output on node {hold.NodeId}: {why}; look for it there, or submit the job again")));
    }

    // Counted from when the node was last heard: while it is alive it may take its time.
    private DateTimeOffset PublishingDeadline(Hold hold)
    {
        DateTimeOffset heard = state.Nodes.GetValueOrDefault(hold.NodeId)?.LastSeen ?? hold.Since;
        return (heard > hold.Since ? heard : hold.Since) + SchedulerLimits.PublishingPatience;
    }

    private void DropWhatIsOver()
    {
        if (state.NextDue <= now)
        {
            state = state with { NextDue = null, ReadFromHead = true };
        }

        state = state with
        {
            SettlesAt = state.SettlesAt > now ? state.SettlesAt : null,
            PausedUntil = state.PausedUntil > now ? state.PausedUntil : null,
        };
        ImmutableArray<(string, string)> over = [.. state.BackOffs.Where(pair => pair.Value <= now).Select(pair => pair.Key)];
        if (over.Length > 0)
        {
            state = state with { BackOffs = state.BackOffs.RemoveRange(over) };
            LookAgain();
        }
    }

    private void SetTimer()
    {
        DateTimeOffset? next = Earlier(Earlier(state.NextDue, state.SettlesAt), state.PausedUntil);
        foreach (Hold hold in state.Holds.Values.Where(hold => !hold.Ending))
        {
            next = Earlier(next, Earlier(hold.LeaseUntil, hold.TimeoutAt));
            next = hold.Phase == HoldPhase.Publishing ? Earlier(next, PublishingDeadline(hold)) : next;
            next = hold.Phase == HoldPhase.Resuming ? Earlier(next, ResumeDeadline(hold)) : next;
        }

        foreach (DateTimeOffset backOff in state.BackOffs.Values)
        {
            next = Earlier(next, backOff);
        }

        if (next != state.Timer)
        {
            state = state with { Timer = next };
            effects.Add(new SchedulerEffect.SetTimer(next));
        }
    }
}
