using System.Collections.Concurrent;
using System.Threading.Channels;
using Encode.Contracts.Jobs;
using Encode.Master.Scheduling;
using Encode.Master.Store;

namespace Encode.Master.Dispatch;

/// <summary>
/// Gives jobs to nodes: runs the scheduler's core against the store, the bus and the clock.
///
///     store commits ─┐                                         ┌─► store: claim, end, reject, read the queue
///     offer answers ─┼─► one queue ─► Scheduler.Step, one loop ─┼─► bus: offers, cancels
///     the timer     ─┘                                         └─► the timer
///
/// - The loop alone has the core's state. It never waits: each effect runs beside it, and what became of it comes back as an
///   event. So a hundred claims share one commit, and a node that does not answer holds nobody up.
/// - Nothing is polled. A submission's commit is an event, so its claim is queued before the client has read its answer.
/// - What nodes say goes into the store first, where the fence is; the core hears of it by the commit's event.
/// </summary>
public sealed partial class Dispatcher : IAsyncDisposable
{
    private readonly Channel<SchedulerEvent> events = Channel.CreateUnbounded<SchedulerEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<Task, bool> underWay = new();
    private readonly ConcurrentDictionary<string, JobRow> offers = new(StringComparer.Ordinal);
    private readonly LiveAttempts live = new();
    private readonly EncodeStore store;
    private readonly INodeBus bus;
    private readonly TimeProvider clock;
    private readonly ILogger<Dispatcher> log;
    private readonly ITimer timer;
    private readonly TaskCompletionSource<string> fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SchedulerState state = new();
    private Task loop = Task.CompletedTask;

    /// <summary>Makes a dispatcher. It gives work from <see cref="StartAsync"/> on.</summary>
    /// <param name="store">The store; stays the caller's.</param>
    /// <param name="bus">How nodes are spoken to; stays the caller's.</param>
    /// <param name="clock">The clock, the same as the store's.</param>
    /// <param name="log">Where to log.</param>
    public Dispatcher(EncodeStore store, INodeBus bus, TimeProvider clock, ILogger<Dispatcher> log)
    {
        (this.store, this.bus, this.clock, this.log) = (store, bus, clock, log);
        timer = clock.CreateTimer(_ => Post(new SchedulerEvent.TimerFired()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes with one sentence when no work is given any more: the master is to stop.</summary>
    public Task<string> Fatal => fatal.Task;

    /// <summary>Gives each held attempt a full lease and begins to give work.</summary>
    /// <exception cref="StoreException">The database cannot be read.</exception>
    public async Task StartAsync()
    {
        // Listening first: what is committed while the start is read comes after it in the queue.
        store.Committed += TakeCommit;
        IReadOnlyList<JobRow> held = await store.RenewAllLeasesAsync().ConfigureAwait(false);
        IReadOnlyList<NodeRow> nodes = await store.ListNodesAsync().ConfigureAwait(false);
        foreach (JobRow job in held)
        {
            live.Begin(job);
        }

        Run(StoreEvents.Started(nodes, held, clock.GetUtcNow()));
        loop = Task.Run(RunAsync);
    }

    /// <summary>The newest progress of a job's attempt; null when none was heard.</summary>
    public JobProgress? ProgressOf(string jobId) => live.ProgressOf(jobId);

    /// <summary>Stops giving work; what nodes hold goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        store.Committed -= TakeCommit;
        await timer.DisposeAsync().ConfigureAwait(false);
        events.Writer.TryComplete();
        await loop.ConfigureAwait(false);
        await Task.WhenAll(underWay.Keys).ConfigureAwait(false);
    }

    private void TakeCommit(StoreEvent committed)
    {
        if (committed is StoreEvent.JobClaimed claimed)
        {
            live.Begin(claimed.Job);
            offers[claimed.Job.Id] = claimed.Job;
        }
        else if (committed is StoreEvent.AttemptOver over)
        {
            live.End(over.Job.Id);
            // Not here: this is the store's writer, and whoever reads the log may be slow.
            Track(Task.Run(() => LogEnd(over)));
        }
        else if (committed is StoreEvent.JobPaused { Job: var paused })
        {
            live.Pause(paused.Id);
        }
        else if (committed is StoreEvent.JobWished { Job: { State: JobState.Paused } standing })
        {
            // Old news of frames may have come since it stood still.
            live.Pause(standing.Id);
        }

        if (StoreEvents.ToScheduler(committed) is { } happened)
        {
            Post(happened);
        }
    }

    private void Post(SchedulerEvent happened) => events.Writer.TryWrite(happened);

    private async Task RunAsync()
    {
        try
        {
            await foreach (SchedulerEvent happened in events.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                Run(happened);
            }
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The core's state is not known any more; a start reads it from the rows again.
            fatal.TrySetResult($"give jobs to nodes: {error.GetType().Name}: {error.Message}; this is a fault of the master, start it again");
        }
    }

    private void Run(SchedulerEvent happened)
    {
        (state, IReadOnlyList<SchedulerEffect> effects) = Scheduler.Step(state, happened, clock.GetUtcNow());
        foreach (SchedulerEffect effect in effects)
        {
            if (effect is SchedulerEffect.SetTimer set)
            {
                SetTimer(set.At);
            }
            else
            {
                Track(PerformAsync(effect));
            }
        }
    }

    private void SetTimer(DateTimeOffset? at)
    {
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        if (at is { } due)
        {
            // A millisecond more, because timers are that coarse and may go off early.
            wait = due - clock.GetUtcNow() + TimeSpan.FromMilliseconds(1);
            wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait > DispatchLimits.LongestTimer ? DispatchLimits.LongestTimer : wait;
        }

        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Track(Task task)
    {
        if (!task.IsCompleted)
        {
            underWay.TryAdd(task, true);
            task.ContinueWith(done => underWay.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
