using System.Collections.Immutable;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <content>Who gets which job.</content>
internal sealed partial class SchedulerStep
{
    private void Place()
    {
        if (state.PausedUntil > now || state.Window.IsEmpty || state.ReadFromHead || state.ReadingHead)
        {
            return;
        }

        Dictionary<string, int> free = FreeSlots();
        foreach ((QueueRank rank, QueuedJob job) in state.Window)
        {
            if (free.Count == 0)
            {
                return;
            }

            if (Choose(job, free) is not { } node)
            {
                continue;
            }

            if (--free[node.Id] == 0)
            {
                free.Remove(node.Id);
            }

            Hold hold = new() { JobId = job.Id, NodeId = node.Id, Phase = HoldPhase.Claiming, Since = now };
            state = state with { Window = state.Window.Remove(rank), Holds = state.Holds.SetItem(job.Id, hold) };
            effects.Add(new SchedulerEffect.Claim(job.Id, node.Id, node.Lease));
        }
    }

    /// <summary>Slots that are free now, of nodes that have some and take work.</summary>
    private Dictionary<string, int> FreeSlots()
    {
        Dictionary<string, int> free = state.Nodes.Values
            .Where(node => node.TakesWork(now))
            .ToDictionary(node => node.Id, node => node.Room, StringComparer.Ordinal);
        // What only publishes fills no slot; if the agent sees that otherwise, its heartbeat says so.
        foreach (Hold hold in state.Holds.Values.Where(hold => hold.Phase != HoldPhase.Publishing))
        {
            if (free.TryGetValue(hold.NodeId, out int slots))
            {
                free[hold.NodeId] = slots - 1;
            }
        }

        return free.Where(pair => pair.Value > 0).ToDictionary(pair => pair.Key, pair => Math.Min(pair.Value, state.Nodes[pair.Key].Slots), StringComparer.Ordinal);
    }

    /// <returns>The node that it prefers, or the one with most free slots among those that may have the job; null when it has to wait.</returns>
    private NodeView? Choose(QueuedJob job, Dictionary<string, int> free)
    {
        bool avoids = job.AvoidNode is not null && state.Nodes.Values.Any(node =>
            node.Id != job.AvoidNode && node.TakesWork(now) && Fits(job, node));
        if (job.PreferNode is { } preferred && free.ContainsKey(preferred) && MayHave(preferred))
        {
            return state.Nodes[preferred];
        }

        NodeView? best = null;
        foreach ((string nodeId, int slots) in free)
        {
            bool better = best is null || slots > free[best.Id] || (slots == free[best.Id] && string.CompareOrdinal(nodeId, best.Id) < 0);
            if (better && MayHave(nodeId))
            {
                best = state.Nodes[nodeId];
            }
        }

        return best;

        bool MayHave(string nodeId) => !(avoids && nodeId == job.AvoidNode) && !state.BackOffs.ContainsKey((job.Id, nodeId)) && Fits(job, state.Nodes[nodeId]);
    }

    private static bool Fits(QueuedJob job, NodeView node) => NodeFit.WhatLacks(job.Needs, node.Capabilities, node.MediaRoots) is null;

    private void RejectImpossible()
    {
        // With no nodes at all a job waits; and a farm that starts up is given a moment to assemble.
        if (state.Nodes.IsEmpty || state.SettlesAt is not null)
        {
            return;
        }

        foreach ((QueueRank rank, QueuedJob job) in state.Window)
        {
            if (!state.Nodes.Values.Any(node => Fits(job, node)))
            {
                NodeView node = state.Nodes.Values.First();
                state = state with { Window = state.Window.Remove(rank) };
                effects.Add(new SchedulerEffect.Reject(
                    job.Id, $"place the job: no registered node {NodeFit.WhatLacks(job.Needs, node.Capabilities, node.MediaRoots)}; register one, or change the job"));
            }
        }
    }

    /// <summary>Reads the queue from its head when that is due, or further when slots are free and nothing here fits them.</summary>
    private void ReadOn()
    {
        if (state.Reading || state.PausedUntil > now)
        {
            return;
        }

        if (state.ReadFromHead)
        {
            state = state with { Reading = true, ReadingHead = true, ReadFromHead = false, Arrived = ImmutableList<QueuedJob>.Empty };
            effects.Add(new SchedulerEffect.ReadQueue(null));
        }
        else if (state.WindowEnd is { } end && FreeSlots().Count > 0)
        {
            state = state with { Reading = true, Arrived = ImmutableList<QueuedJob>.Empty };
            effects.Add(new SchedulerEffect.ReadQueue(end));
        }
    }
}
