using Encode.Contracts.Messages;

namespace Encode.Master.Tests.Scheduling;

/// <content>
/// Standing still and going on. A pause is noticed a moment later, and not by what is past encoding; what stands still fills no slot, outlives a
/// crash, and waits for a slot before it goes on. It says so at once, by messages that may be lost like all others.
/// </content>
internal sealed partial class SimulatedAgent
{
    private readonly List<SimulatedWork> waiting = [];

    /// <summary>How long an attempt was worked on so far; null when it is not held any more.</summary>
    public TimeSpan? WorkedOn(AttemptKey key) => held.TryGetValue(key.JobId, out SimulatedWork? work) && work.Key == key
        ? work.Worked + (work.Stands || work.Result is not null ? TimeSpan.Zero : farm.Now - work.Since)
        : null;

    public void Wish(AttemptKey key, ControlKind kind)
    {
        if (!alive || !held.TryGetValue(key.JobId, out SimulatedWork? work) || work.Key != key)
        {
            return;
        }

        if (kind == ControlKind.Pause && !work.PauseWanted && work.Result is null)
        {
            work.PauseWanted = true;
            NoticeLater(work);
        }
        else if (kind == ControlKind.Resume && work.PauseWanted)
        {
            work.PauseWanted = false;
            work.LeaseFrom = farm.Now;
            WaitForSlot(work);
        }
    }

    private void NoticeLater(SimulatedWork work)
    {
        (string during, int run) = (incarnation, work.Run);
        farm.After(farm.Seconds(0, 2), () =>
        {
            if (Holds(work, during) && work.Run == run && work.Result is null && !work.Stands)
            {
                Stand(work);
            }
        });
    }

    private void Stand(SimulatedWork work)
    {
        TimeSpan worked = farm.Now - work.Since;
        work.Worked += worked;
        // What is behind the last cut is made again.
        work.Left -= worked * farm.Random.NextDouble();
        (work.Run, work.Stands) = (work.Run + 1, true);
        farm.Send(() => farm.Call(farm.Store.MarkPausedAsync(nodeId, work.Key)));
        GiveFreeSlots();
        Tell();
        if (!work.PauseWanted)
        {
            WaitForSlot(work);
        }
    }

    private void WaitForSlot(SimulatedWork work)
    {
        if (work.Stands && !waiting.Contains(work))
        {
            waiting.Add(work);
            GiveFreeSlots();
        }
    }

    private void GiveFreeSlots()
    {
        while (waiting.Count > 0 && Busy < slots)
        {
            SimulatedWork work = waiting[0];
            waiting.RemoveAt(0);
            work.Stands = false;
            GoOn(work);
        }
    }

    private void GoOn(SimulatedWork work)
    {
        // Some were all but done, so that their result comes before anybody knows that they went on.
        if (farm.Chaos && farm.Random.Next(3) == 0)
        {
            work.Left = farm.Seconds(0, 1);
        }

        Encode(work);
        farm.Send(() => farm.Call(farm.Store.MarkRunningAsync(nodeId, work.Key)));
        Tell();
        if (work.PauseWanted)
        {
            // Wanted while it waited for its slot: it has that for a moment.
            NoticeLater(work);
        }
    }
}
