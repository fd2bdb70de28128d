using System.Collections.Concurrent;
using Encode.Contracts.Jobs;
using Encode.Master.Store;

namespace Encode.Master.Metrics;

/// <summary>
/// Counts what happens to jobs, as their commits tell it. It listens on the store's writer, so nothing here waits. Where jobs stand is not
/// counted here: their rows know that, also after a restart.
/// </summary>
internal sealed class JobMetrics : IDisposable
{
    // From a job that finds a free slot to one that waits for the night.
    private static readonly double[] WaitSeconds = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600];

    // From a clip of a second to a film in AV1.
    private static readonly double[] EncodeSeconds = [0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 48 * 3600];

    // 1 is as fast as the output plays.
    private static readonly double[] Factors = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 8, 16, 32];

    private const string Requeued = "requeued";

    private readonly EncodeStore store;
    private readonly Histogram[] waits = [new(WaitSeconds), new(WaitSeconds), new(WaitSeconds)]; // live, default, batch
    private readonly Histogram encodes = new(EncodeSeconds);
    private readonly Histogram factors = new(Factors);
    private readonly Counter started = new();
    private readonly ConcurrentDictionary<string, EndKind> ended = new(StringComparer.Ordinal);

    public JobMetrics(EncodeStore store)
    {
        this.store = store;

        // Told from the start, at 0: a rate over a series that begins with its first event misses that event.
        foreach (string outcome in new[] { Requeued, Names<JobState>.Of(JobState.Failed) })
        {
            foreach (ErrorClass errorClass in Enum.GetValues<ErrorClass>())
            {
                Kind(outcome, Names<ErrorClass>.Of(errorClass));
            }
        }

        Kind(Requeued, MetricsPage.NoClass);
        Kind(Names<JobState>.Of(JobState.TimedOut), Names<ErrorClass>.Of(ErrorClass.Resource));
        Kind(Names<JobState>.Of(JobState.Completed), MetricsPage.NoClass);
        Kind(Names<JobState>.Of(JobState.Canceled), MetricsPage.NoClass);
        store.Committed += Take;
    }

    /// <summary>Writes what was counted.</summary>
    public void Write(ExpositionWriter writer)
    {
        writer.Single("encode_attempts_started_total", MetricType.Counter, "Attempts that were claimed for a node.", started.Value);
        writer.Begin("encode_attempts_ended_total", MetricType.Counter, "Attempts that ended, by what became of the job (requeued: it waits for another attempt) and the class of its failure.");
        foreach (EndKind kind in ended.Values)
        {
            writer.Sample("encode_attempts_ended_total", kind.Count.Value, ("outcome", kind.Outcome), ("class", kind.Class));
        }

        writer.Begin("encode_job_queue_wait_seconds", MetricType.Histogram, "Time from the submission of a job to its first attempt.");
        foreach (JobQueue queue in Enum.GetValues<JobQueue>())
        {
            writer.Histogram("encode_job_queue_wait_seconds", waits[(int)queue].Take(), ("queue", Names<JobQueue>.Of(queue)));
        }

        writer.Begin("encode_job_encode_duration_seconds", MetricType.Histogram, "Time that the attempt of a completed job took, from the offer to the checked output.");
        writer.Histogram("encode_job_encode_duration_seconds", encodes.Take());
        writer.Begin("encode_job_real_time_factor", MetricType.Histogram, "Seconds of output that a completed job made in each second of encoding; 1 is real time.");
        writer.Histogram("encode_job_real_time_factor", factors.Take());
    }

    /// <inheritdoc/>
    public void Dispose() => store.Committed -= Take;

    private void Take(StoreEvent committed)
    {
        switch (committed)
        {
            case StoreEvent.JobClaimed { Job: var job }:
                TakeStart(job);
                break;
            case StoreEvent.AttemptOver over:
                TakeEnd(over);
                break;
        }
    }

    private void TakeStart(JobRow job)
    {
        started.Increment();
        if (job.Attempt == 1)
        {
            waits[(int)job.Queue].Observe((job.StartedAt!.Value - job.CreatedAt).TotalSeconds);
        }
    }

    private void TakeEnd(StoreEvent.AttemptOver over)
    {
        string outcome = over.State == JobState.Queued ? Requeued : Names<JobState>.Of(over.State);
        Kind(outcome, over.Error is { } error ? Names<ErrorClass>.Of(error.Class) : MetricsPage.NoClass).Count.Increment();
        if (over is { State: JobState.Completed, Job.Result: { } result })
        {
            encodes.Observe(result.ElapsedSeconds);
            factors.Observe(result.RealTimeFactor);
        }
    }

    private EndKind Kind(string outcome, string errorClass) => ended.GetOrAdd($"{outcome} {errorClass}", _ => new EndKind(outcome, errorClass));

    private sealed class EndKind(string outcome, string errorClass)
    {
        public string Outcome => outcome;

        public string Class => errorClass;

        public Counter Count { get; } = new();
    }
}
