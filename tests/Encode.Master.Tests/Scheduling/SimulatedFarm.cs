using System.Collections.Concurrent;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Nodes;
using Encode.Master.Dispatch;
using Encode.Master.Scheduling;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>
/// A farm in one thread, from a seed: the real core and the real store (in memory), simulated agents, and a network that loses,
/// delays, repeats and reorders. Agents crash and come back, the master is started again, users cancel, pause and resume. Nothing runs
/// but what the agenda says, in its order, and the clock moves from entry to entry. Split: Users does what users do; Checks says what must hold.
/// </summary>
internal sealed partial class SimulatedFarm : IDisposable
{
    private readonly PriorityQueue<Action, (DateTimeOffset At, long Order)> agenda = new();
    private readonly ConcurrentQueue<StoreEvent> committed = [];
    private readonly List<SimulatedAgent> agents = [];
    private readonly ManualClock clock = new();
    private SchedulerState core = new();
    private long order;
    private int masterStarts;
    private int timerSettings;

    public SimulatedFarm(int seed)
    {
        Random = new Random(seed);
        Store = EncodeStore.Open(new StoreOptions { Clock = clock, NewId = NewId });
        Store.Committed += committed.Enqueue;
    }

    public Random Random { get; }

    public EncodeStore Store { get; }

    public SchedulerState Core => core;

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Whether things go wrong.</summary>
    public bool Chaos { get; private set; } = true;

    public void Dispose() => Store.Dispose();

    /// <summary>Runs a farm through a bad time, then lets it finish in peace.</summary>
    /// <returns>Every job as it ended.</returns>
    public IReadOnlyList<JobRow> Run(int agentCount, int jobCount, TimeSpan badTime, TimeSpan limit)
    {
        DateTimeOffset start = Now;
        StartMaster();
        for (int i = 0; i < agentCount; i++)
        {
            SimulatedAgent agent = new(this, NodeIdentity.IdOf($"agent{i}"), $"agent{i}", slots: 1 + Random.Next(3));
            agents.Add(agent);
            After(Seconds(0, 20), agent.Start);
        }

        for (int i = 0; i < jobCount; i++)
        {
            After(Seconds(0, badTime.TotalSeconds), Submit);
        }

        for (int i = 0; i < 2; i++)
        {
            After(Seconds(0, badTime.TotalSeconds), StartMaster);
        }

        After(badTime, () => Chaos = false);
        After(badTime, () => agents.ForEach(agent => agent.Start()));
        After(badTime, ResumeAll);
        After(CheckInterval, CheckNowAndThen);
        while (Now < start + limit)
        {
            RunUntil(Now + TimeSpan.FromSeconds(60));
            JobPage page = Call(Store.ListJobsAsync(new JobQuery { Limit = JobQuery.MaxLimit }));
            if (Now > start + badTime && page.Count == jobCount && page.Jobs.All(job => JobTransitions.IsTerminal(job.State)))
            {
                return page.Jobs;
            }
        }

        throw new InvalidOperationException($"jobs did not end within {limit}: "
            + string.Join(", ", Call(Store.ListJobsAsync(new JobQuery())).Jobs.Where(job => !JobTransitions.IsTerminal(job.State)).Select(job => $"{job.Sequence} {job.State}")));
    }

    /// <summary>Puts something on the agenda.</summary>
    public void After(TimeSpan delay, Action action) => agenda.Enqueue(action, (Now + delay, ++order));

    /// <summary>Sends something over the network: it may come late, twice, out of order, or not at all.</summary>
    public void Send(Action deliver)
    {
        if (Chaos && Random.Next(100) < 10)
        {
            return;
        }

        After(Latency(), deliver);
        if (Chaos && Random.Next(100) < 5)
        {
            After(Latency(), deliver);
        }
    }

    /// <summary>Asks the store, and tells the core what was committed.</summary>
    public T Call<T>(Task<T> work)
    {
        T answer = work.GetAwaiter().GetResult();
        // In memory a read goes through the writer: once it is answered, everything before it was told.
        Store.PingAsync().GetAwaiter().GetResult();
        while (committed.TryDequeue(out StoreEvent? happened))
        {
            CheckEnd(happened);
            if (StoreEvents.ToScheduler(happened) is { } told)
            {
                Tell(told);
            }
        }

        return answer;
    }

    /// <summary>The same for what has no answer.</summary>
    public void Call(Task work) => Call(AnsweredAsync(work));

    private static async Task<bool> AnsweredAsync(Task work)
    {
        await work;
        return true;
    }

    public TimeSpan Seconds(double from, double to) => TimeSpan.FromSeconds(from + (Random.NextDouble() * (to - from)));

    public string NewId()
    {
        byte[] bytes = new byte[16];
        Random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private TimeSpan Latency() => Chaos ? Seconds(0, 3) : Seconds(0.001, 0.02);

    private void RunUntil(DateTimeOffset until)
    {
        while (agenda.TryPeek(out Action? action, out (DateTimeOffset At, long Order) next) && next.At <= until)
        {
            agenda.Dequeue();
            clock.Advance(next.At - Now);
            action();
        }

        clock.Advance(until - Now);
    }

    private void StartMaster()
    {
        masterStarts++;
        timerSettings++;
        core = new SchedulerState();
        IReadOnlyList<JobRow> held = Call(Store.RenewAllLeasesAsync());
        IReadOnlyList<NodeRow> nodes = Call(Store.ListNodesAsync());
        Tell(StoreEvents.Started(nodes, held, Now));
    }

    private void Tell(SchedulerEvent happened)
    {
        (core, IReadOnlyList<SchedulerEffect> effects) = Scheduler.Step(core, happened, Now);
        int start = masterStarts;
        foreach (SchedulerEffect effect in effects)
        {
            if (effect is SchedulerEffect.SetTimer set)
            {
                SetTimer(set.At);
            }
            else
            {
                // What a master was about to do is lost when it is started again. A slow disk puts what happens meanwhile before it.
                After(Chaos && Random.Next(10) == 0 ? Seconds(0, 5) : Seconds(0, 0.02), () => Perform(effect, start));
            }
        }
    }

    private void SetTimer(DateTimeOffset? at)
    {
        int setting = ++timerSettings;
        if (at is { } due)
        {
            // Now and then a timer goes off too early, as one does whose wait is bounded.
            TimeSpan wait = due > Now ? due - Now : TimeSpan.Zero;
            After(Random.Next(10) == 0 ? wait * Random.NextDouble() : wait, () =>
            {
                if (setting == timerSettings)
                {
                    Tell(new SchedulerEvent.TimerFired());
                }
            });
        }
    }

    private void Perform(SchedulerEffect effect, int start)
    {
        if (start != masterStarts)
        {
            return;
        }

        switch (effect)
        {
            case SchedulerEffect.ReadQueue read:
                ReadQueue(read, start);
                break;
            case SchedulerEffect.Claim claim:
                Call(Store.ClaimAsync(claim.JobId, claim.NodeId, claim.Lease));
                break;
            case SchedulerEffect.SendOffer offer:
                Offer(offer, start);
                break;
            case SchedulerEffect.SendCancel cancel:
                Send(() => AgentOf(cancel.NodeId)?.Cancel(cancel.Key));
                break;
            case SchedulerEffect.SendWish wish:
                Send(() => AgentOf(wish.NodeId)?.Wish(wish.Key, wish.Kind));
                break;
            case SchedulerEffect.EndAttempt end:
                (bool ended, JobRow? job) = Call(Store.EndAttemptAsync(end.Ending));
                if (!ended)
                {
                    bool held = job?.Token == end.Ending.Key.Token && JobTransitions.IsHeld(job.State);
                    Tell(new SchedulerEvent.EndRefused(end.Ending.Key, held ? job!.LeaseUntil ?? Now : null));
                }

                break;
            case SchedulerEffect.GiveUpPublishing give:
                Call(Store.TakePublishedAsync(give.NodeId, new PublishedMessage(give.Key, give.Error)));
                break;
            case SchedulerEffect.Reject reject:
                throw new InvalidOperationException($"every node can run every job here: {reject.Reason}");
        }
    }

    // What was read is told a while later: commits that came after it overtake it.
    private void ReadQueue(SchedulerEffect.ReadQueue read, int start)
    {
        QueuePage page = Call(Store.ReadQueueAsync(SchedulerLimits.Window, read.After));
        After(Chaos ? Seconds(0, 2) : Seconds(0, 0.02), () =>
        {
            if (start == masterStarts)
            {
                Tell(new SchedulerEvent.QueueRead([.. page.Jobs.Select(QueuedJob.Of)], page.More, read.After is null, page.NextDue));
            }
        });
    }

    private void Offer(SchedulerEffect.SendOffer offer, int start)
    {
        bool answered = false;
        JobRow job = Call(Store.GetJobAsync(offer.Key.JobId))!;
        Send(() =>
        {
            if (AgentOf(offer.NodeId)?.Offer(job, offer.Key) is { } reply)
            {
                Send(() => Answer(reply));
            }
        });
        After(DispatchLimits.OfferTimeout, () => Answer(null));

        void Answer(OfferReply? reply)
        {
            if (!answered && start == masterStarts)
            {
                answered = true;
                Tell(new SchedulerEvent.OfferAnswered(offer.Key, reply));
            }
        }
    }

    private SimulatedAgent? AgentOf(string? nodeId) => agents.FirstOrDefault(agent => agent.NodeId == nodeId);
}
