using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>An agent as DESIGN 6 describes it: it renews by heartbeats, stops by itself when its lease ends, repeats reports until they are answered, and crashes.</summary>
internal sealed partial class SimulatedAgent(SimulatedFarm farm, string nodeId, string name, int slots)
{
    private static readonly TimeSpan RepeatReport = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, SimulatedWork> held = new(StringComparer.Ordinal);
    private string incarnation = "";
    private long sequence;
    private bool alive;

    public string NodeId => nodeId;

    private int Busy => held.Values.Count(work => !work.Stands);

    /// <summary>Starts, unless it runs.</summary>
    public void Start()
    {
        if (alive)
        {
            return;
        }

        (alive, incarnation, sequence) = (true, farm.NewId(), 0);
        NodeRegistration registration = Samples.Node(name, slots, mediaRoots: "/out") with { NodeId = nodeId, PublicKey = "U" + name };
        farm.Call(farm.Store.RegisterNodeAsync(registration with { TokenSha256 = NodeIdentity.IdOf(name).PadRight(64, '0') }));
        Beat(incarnation);

        // Outputs that were accepted before a crash are finished after it: their journal is on disk.
        foreach (SimulatedWork work in held.Values.Where(work => work.Publishing).ToList())
        {
            Publish(work, incarnation);
        }
    }

    public OfferReply? Offer(JobRow job, AttemptKey key)
    {
        if (!alive)
        {
            return null;
        }

        bool isHeld = held.TryGetValue(job.Id, out SimulatedWork? known);
        if (isHeld && known!.Key == key)
        {
            return new OfferReply(true);
        }

        if (Busy + waiting.Count >= slots || farm.Random.Next(10) == 0)
        {
            return new OfferReply(false, "no slot is free");
        }

        if (isHeld)
        {
            // An earlier attempt of the same job, which the master gave up.
            Remove(known!);
        }

        SimulatedWork work = new(key, job, farm.Now, farm.Seconds(1, 150));
        held[job.Id] = work;
        Encode(work);
        return new OfferReply(true);
    }

    public void Cancel(AttemptKey key)
    {
        if (alive && held.TryGetValue(key.JobId, out SimulatedWork? work) && work.Key == key && !work.Publishing)
        {
            Remove(work);
        }
    }

    private void Beat(string during)
    {
        if (!Runs(during))
        {
            return;
        }

        if (farm.Chaos && farm.Random.Next(8) == 0)
        {
            Crash();
            return;
        }

        foreach (SimulatedWork work in held.Values.Where(work => !work.Publishing && !work.Stands && farm.Now - work.LeaseFrom > Samples.Lease - TimeSpan.FromSeconds(MessageLimits.LeaseMarginSeconds)).ToList())
        {
            Remove(work);
        }

        Tell();
        farm.After(TimeSpan.FromSeconds(Samples.HeartbeatSeconds), () => Beat(during));
    }

    private void Tell()
    {
        string during = incarnation;
        DateTimeOffset sentAt = farm.Now;
        Heartbeat heartbeat = new()
        {
            Incarnation = incarnation,
            Sequence = ++sequence,
            SlotsTotal = slots,
            SlotsFree = Math.Max(0, slots - Busy - waiting.Count),
            Held = [.. held.Values.Select(work => new HeldAttempt(work.Key, work.Phase))],
        };
        farm.Send(() =>
        {
            if (farm.Call(farm.Store.HeartbeatAsync(nodeId, heartbeat)) is { } reply)
            {
                farm.Send(() => TakeReply(reply, sentAt, during));
            }
        });
    }

    private void TakeReply(HeartbeatReply reply, DateTimeOffset sentAt, string during)
    {
        if (!Runs(during))
        {
            return;
        }

        foreach (HeldReply word in reply.Held)
        {
            if (!held.TryGetValue(word.Key.JobId, out SimulatedWork? work) || work.Key != word.Key)
            {
                continue;
            }

            if (word.Verdict == Verdict.Drop)
            {
                Remove(work);
                continue;
            }

            work.LeaseFrom = sentAt > work.LeaseFrom ? sentAt : work.LeaseFrom;
            if (word.Wish is { } wish)
            {
                Wish(word.Key, wish);
            }
        }
    }

    /// <summary>Lets frames flow until it is done, or has taken longer than it may.</summary>
    private void Encode(SimulatedWork work)
    {
        (work.Run, work.Since) = (work.Run + 1, farm.Now);
        if (Busy > slots)
        {
            throw new InvalidOperationException($"{name}: {Busy} attempts in {slots} slots");
        }

        (string during, int run) = (incarnation, work.Run);
        TimeSpan allowed = work.Job.TimeoutSeconds > 0 ? TimeSpan.FromSeconds(work.Job.TimeoutSeconds) - work.Worked : TimeSpan.MaxValue;
        bool isTooLong = work.Left > allowed;
        farm.After(isTooLong ? allowed : work.Left, () =>
        {
            if (Holds(work, during) && work.Run == run)
            {
                work.Worked += farm.Now - work.Since;
                Finish(work, isTooLong, during);
            }
        });
    }

    private void Finish(SimulatedWork work, bool isTooLong, string during)
    {
        string hash = Samples.HashOf("0123456789abcdef"[farm.Random.Next(16)]);
        work.Result = farm.Random.Next(20) switch
        {
            _ when isTooLong => new ResultMessage(work.Key, Outcome.TimedOut, null, null, []),
            0 => Samples.Failure(work.Job, ErrorClass.Input) with { Key = work.Key },
            1 or 2 => Samples.Failure(work.Job, ErrorClass.Platform) with { Key = work.Key },
            3 => Samples.Failure(work.Job, ErrorClass.Crash) with { Key = work.Key },
            4 => new ResultMessage(work.Key, Outcome.Canceled, null, null, []),
            _ => Samples.Success(work.Job, hash) with { Key = work.Key },
        };
        foreach (string url in work.Job.FileUrls.Where(url => work.Result.Outcome == Outcome.Succeeded && url.StartsWith("upload:", StringComparison.Ordinal)))
        {
            if (farm.Call(farm.Store.StageAsync(nodeId, work.Key, url["upload:".Length..], farm.NewId(), 100, hash)) is null)
            {
                Remove(work);
                return;
            }
        }

        Report(work, during);
    }

    private void Report(SimulatedWork work, string during)
    {
        if (!Holds(work, during) || work.Publishing)
        {
            return;
        }

        farm.Send(() =>
        {
            AttemptReply reply = farm.Deliver(nodeId, work.Result!);
            farm.Send(() => TakeAnswer(work, reply, during));
        });
        farm.After(RepeatReport, () => Report(work, during));
    }

    private void TakeAnswer(SimulatedWork work, AttemptReply reply, string during)
    {
        if (!Holds(work, during) || work.Publishing)
        {
            return;
        }

        if (reply.Verdict == Verdict.Accepted && work.IsFile && work.Result!.Outcome == Outcome.Succeeded)
        {
            work.Publishing = true;
            Publish(work, during);
        }
        else
        {
            Remove(work);
        }
    }

    private void Publish(SimulatedWork work, string during)
    {
        if (!Holds(work, during))
        {
            return;
        }

        farm.Send(() =>
        {
            AttemptReply reply = farm.Call(farm.Store.TakePublishedAsync(nodeId, new PublishedMessage(work.Key, null)));
            farm.Send(() =>
            {
                if (Holds(work, incarnation) && reply.Verdict != Verdict.Retry)
                {
                    Remove(work);
                }
            });
        });
        farm.After(RepeatReport, () => Publish(work, during));
    }

    private void Remove(SimulatedWork work)
    {
        held.Remove(work.Key.JobId);
        waiting.Remove(work);
        GiveFreeSlots();
    }

    /// <summary>Dies, if it lives. What it publishes and what stands still is in its journal.</summary>
    public void Crash()
    {
        if (!alive)
        {
            return;
        }

        alive = false;
        waiting.Clear();
        foreach (SimulatedWork work in held.Values.Where(work => !work.Publishing).ToList())
        {
            (work.PauseWanted, work.Run) = (true, work.Run + 1);
            if (!work.Stands)
            {
                held.Remove(work.Key.JobId);
            }
        }

        farm.After(farm.Seconds(1, 200), Start);
    }

    private bool Runs(string during) => alive && incarnation == during;

    private bool Holds(SimulatedWork work, string during) => Runs(during) && held.TryGetValue(work.Key.JobId, out SimulatedWork? known) && ReferenceEquals(known, work);
}
