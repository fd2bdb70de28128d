using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>An agent as DESIGN 6 describes it: it renews by heartbeats, stops by itself when its lease ends, repeats reports until they are answered, and crashes.</summary>
internal sealed class SimulatedAgent(SimulatedFarm farm, string nodeId, string name, int slots)
{
    private static readonly TimeSpan RepeatReport = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Work> held = new(StringComparer.Ordinal);
    private string incarnation = "";
    private long sequence;
    private bool alive;

    public string NodeId => nodeId;

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
        foreach (Work work in held.Values.ToList())
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

        if (held.Count >= slots || farm.Random.Next(10) == 0)
        {
            return new OfferReply(held.TryGetValue(job.Id, out Work? known) && known.Key == key, "no slot is free");
        }

        Work work = new(key, job, farm.Now);
        held[job.Id] = work;
        string during = incarnation;
        farm.After(farm.Seconds(1, 150), () => Finish(work, during));
        return new OfferReply(true);
    }

    public void Cancel(AttemptKey key)
    {
        if (alive && held.TryGetValue(key.JobId, out Work? work) && work.Key == key && !work.Publishing)
        {
            held.Remove(key.JobId);
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

        foreach (Work work in held.Values.Where(work => !work.Publishing && farm.Now - work.LeaseFrom > Samples.Lease - TimeSpan.FromSeconds(MessageLimits.LeaseMarginSeconds)).ToList())
        {
            held.Remove(work.Key.JobId);
        }

        DateTimeOffset sentAt = farm.Now;
        Heartbeat heartbeat = new()
        {
            Incarnation = incarnation,
            Sequence = ++sequence,
            SlotsTotal = slots,
            SlotsFree = Math.Max(0, slots - held.Count),
            Held = [.. held.Values.Select(work => new HeldAttempt(work.Key, work.Publishing ? AttemptPhase.Publishing : AttemptPhase.Encoding))],
        };
        farm.Send(() =>
        {
            if (farm.Call(farm.Store.HeartbeatAsync(nodeId, heartbeat)) is { } reply)
            {
                farm.Send(() => TakeReply(reply, sentAt, during));
            }
        });
        farm.After(TimeSpan.FromSeconds(Samples.HeartbeatSeconds), () => Beat(during));
    }

    private void TakeReply(HeartbeatReply reply, DateTimeOffset sentAt, string during)
    {
        if (!Runs(during))
        {
            return;
        }

        foreach (HeldReply word in reply.Held)
        {
            if (!held.TryGetValue(word.Key.JobId, out Work? work) || work.Key != word.Key)
            {
                continue;
            }

            if (word.Verdict == Verdict.Drop)
            {
                held.Remove(word.Key.JobId);
            }
            else if (sentAt > work.LeaseFrom)
            {
                work.LeaseFrom = sentAt;
            }
        }
    }

    private void Finish(Work work, string during)
    {
        if (!Holds(work, during))
        {
            return;
        }

        string hash = Samples.HashOf("0123456789abcdef"[farm.Random.Next(16)]);
        work.Result = farm.Random.Next(20) switch
        {
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
                held.Remove(work.Key.JobId);
                return;
            }
        }

        Report(work, during);
    }

    private void Report(Work work, string during)
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

    private void TakeAnswer(Work work, AttemptReply reply, string during)
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
            held.Remove(work.Key.JobId);
        }
    }

    private void Publish(Work work, string during)
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
                    held.Remove(work.Key.JobId);
                }
            });
        });
        farm.After(RepeatReport, () => Publish(work, during));
    }

    private void Crash()
    {
        alive = false;
        foreach (Work work in held.Values.Where(work => !work.Publishing).ToList())
        {
            held.Remove(work.Key.JobId);
        }

        farm.After(farm.Seconds(1, 200), Start);
    }

    private bool Runs(string during) => alive && incarnation == during;

    private bool Holds(Work work, string during) => Runs(during) && held.TryGetValue(work.Key.JobId, out Work? known) && ReferenceEquals(known, work);

    private sealed class Work(AttemptKey key, JobRow job, DateTimeOffset taken)
    {
        public AttemptKey Key => key;

        public JobRow Job => job;

        public bool IsFile => job.FileUrls.Any(url => url.StartsWith("file:", StringComparison.Ordinal));

        public DateTimeOffset LeaseFrom { get; set; } = taken;

        public ResultMessage? Result { get; set; }

        public bool Publishing { get; set; }
    }
}
