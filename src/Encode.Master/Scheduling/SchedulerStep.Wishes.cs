using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <content>Attempts that stand still, and go on.</content>
internal sealed partial class SchedulerStep
{
    private void TakeWish(SchedulerEvent happened)
    {
        switch (happened)
        {
            case SchedulerEvent.PauseWanted pause:
                RemoveHold(pause.Key.JobId, hold => hold.Phase == HoldPhase.Resuming && hold.Key == pause.Key);
                effects.Add(new SchedulerEffect.SendWish(pause.NodeId, pause.Key, ControlKind.Pause));
                break;
            case SchedulerEvent.ResumeWanted resume:
                TakeResume(resume);
                break;
            case SchedulerEvent.JobPaused paused:
                Stand(paused.Key);
                break;
            case SchedulerEvent.JobResumed resumed:
                GoOn(resumed);
                break;
        }
    }

    /// <summary>It stands still: its slot is free at once, whatever the node's next heartbeat counts.</summary>
    private void Stand(AttemptKey key)
    {
        if (FindHold(key) is { } hold)
        {
            state = state with { Holds = state.Holds.Remove(hold.JobId) };
            LookAgain();
        }
    }

    private void TakeResume(SchedulerEvent.ResumeWanted resume)
    {
        if (resume.Stands)
        {
            Hold hold = new() { JobId = resume.Key.JobId, NodeId = resume.NodeId, Key = resume.Key, Phase = HoldPhase.Resuming, Since = now };
            state = state with { Holds = state.Holds.SetItem(hold.JobId, hold) };
        }

        effects.Add(new SchedulerEffect.SendWish(resume.NodeId, resume.Key, ControlKind.Resume));
    }

    private void GoOn(SchedulerEvent.JobResumed resumed)
    {
        Hold hold = new()
        {
            JobId = resumed.Key.JobId,
            NodeId = resumed.NodeId,
            Key = resumed.Key,
            Phase = HoldPhase.Taken,
            Since = now,
            LeaseUntil = resumed.LeaseUntil,
            TimeoutAt = Hold.TimeoutAfter(resumed.LeaseUntil, resumed.TimeoutSeconds),
        };
        state = state with { Holds = state.Holds.SetItem(hold.JobId, hold) };
    }

    // While the node names it, it waits for a slot there.
    private static DateTimeOffset ResumeDeadline(Hold hold) => hold.Since + SchedulerLimits.ResumePatience;

    private void EndResume(Hold hold) =>
        End(hold, AttemptEnd.NotResumed, null, $"node {hold.NodeId} did not go on with it within {SchedulerLimits.ResumePatience.TotalSeconds:0} s, so it begins anew");
}
