using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;
using Encode.Master.Scheduling;
using Encode.Master.Store;
using Encode.Master.Tests.Store;

namespace Encode.Master.Tests.Scheduling;

/// <summary>The core with a state, a time, and what it wanted last.</summary>
internal sealed class CoreUnderTest
{
    private long sequence;

    public SchedulerState State { get; private set; } = new();

    public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<SchedulerEffect> Effects { get; } = [];

    public IReadOnlyList<SchedulerEffect> Tell(SchedulerEvent happened)
    {
        (State, IReadOnlyList<SchedulerEffect> effects) = Scheduler.Step(State, happened, Now);
        Effects.Clear();
        Effects.AddRange(effects);
        return effects;
    }

    public IReadOnlyList<SchedulerEffect> Wait(TimeSpan time)
    {
        Now += time;
        return Tell(new SchedulerEvent.TimerFired());
    }

    /// <summary>Starts with nodes that are heard, with two slots each, after the time in which farms assemble.</summary>
    public void Start(params NodeView[] nodes)
    {
        Tell(new SchedulerEvent.Started(nodes, []));
        Tell(new SchedulerEvent.QueueRead([], false, true, null));
        Wait(SchedulerLimits.Settle);
        foreach (NodeView node in nodes)
        {
            Heard(node.Id);
        }
    }

    public IReadOnlyList<SchedulerEffect> Heard(string nodeId, params string[] confirmed) => Heard(nodeId, 2, 2 - confirmed.Length, confirmed);

    public IReadOnlyList<SchedulerEffect> Heard(string nodeId, int total, int free, params string[] confirmed) => Tell(new SchedulerEvent.NodeHeard(
        nodeId, total, free, confirmed.ToHashSet(StringComparer.Ordinal), false, confirmed.ToHashSet(StringComparer.Ordinal), Now + Samples.Lease, Now));

    /// <summary>A node with one slot, which is free, says that an attempt stands still.</summary>
    public IReadOnlyList<SchedulerEffect> HeardPaused(string nodeId, string paused) => Tell(new SchedulerEvent.NodeHeard(
        nodeId, 1, 1, new HashSet<string>(), false, new HashSet<string> { paused }, Now + Samples.Lease, Now));

    public static NodeView Node(string id, params string[] mediaRoots) => new()
    {
        Id = id,
        Capabilities = Samples.Capabilities(),
        MediaRoots = mediaRoots,
        Slots = 2,
        Lease = Samples.Lease,
        Patience = Samples.Lease,
        LastSeen = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero),
    };

    public static JobNeeds Needs(EncoderChoice encoder = EncoderChoice.Auto, string? input = null) =>
        new([new EncoderNeed(VideoCodec.H264, encoder, EncoderFallback.None, 8)], input is null ? [] : [input]);

    public QueuedJob Job(string id, JobNeeds? needs = null, JobQueue queue = JobQueue.Default, JobPriority priority = JobPriority.Medium) =>
        new(id, new QueueRank(queue, priority, ++sequence), needs ?? Needs());

    public IReadOnlyList<SchedulerEffect> Queue(QueuedJob job) => Tell(new SchedulerEvent.JobQueued(job));

    public static AttemptKey Key(string jobId, int attempt = 1) => new(jobId, attempt, $"token of {jobId} {attempt}");

    /// <summary>Queues a job, and lets its claim succeed and its offer be taken.</summary>
    /// <returns>The node that has it.</returns>
    public string Run(string jobId, int timeoutSeconds = 0)
    {
        Queue(Job(jobId));
        string node = Claim(jobId, timeoutSeconds);
        Tell(new SchedulerEvent.OfferAnswered(Key(jobId), new OfferReply(true)));
        return node;
    }

    /// <summary>Lets a claim that is wanted succeed.</summary>
    public string Claim(string jobId, int timeoutSeconds = 0)
    {
        SchedulerEffect.Claim claim = Assert.Single(Effects.OfType<SchedulerEffect.Claim>(), claim => claim.JobId == jobId);
        Tell(new SchedulerEvent.JobClaimed(Key(jobId), claim.NodeId, Now + claim.Lease, timeoutSeconds));
        Assert.Contains(new SchedulerEffect.SendOffer(claim.NodeId, Key(jobId)), Effects);
        return claim.NodeId;
    }

    public AttemptEnding Ended() => Assert.Single(Effects.OfType<SchedulerEffect.EndAttempt>()).Ending;

    public string[] Claims() => [.. Effects.OfType<SchedulerEffect.Claim>().Select(claim => $"{claim.JobId}@{claim.NodeId}")];
}
