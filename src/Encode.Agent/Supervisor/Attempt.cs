using Encode.Agent.Cells;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <summary>One attempt that this agent holds: what it is, how far it is, and whether it is to stop. Thread-safe.</summary>
internal sealed class Attempt : ICellObserver, IDisposable
{
    /// <summary>Characters of all log lines together: escaped they may be six times as many bytes, and a message to the master holds a megabyte.</summary>
    private const int MaxLogChars = 50_000;

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _silence = new();
    private readonly TimeProvider _clock;
    private TaskCompletionSource _resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _work;
    private bool _pauseWanted;
    private readonly Queue<string> _log = new();
    private readonly Lock _lock = new();
    private StopCause _cause;
    private int _logChars;
    private AttemptPhase _newsPhase = AttemptPhase.Preparing;
    private long _newsAt;
    private volatile JobProgress? _progress;
    private volatile bool _pauseHeard;
    private volatile int _phase = (int)AttemptPhase.Preparing;

    internal Attempt(JobOffer offer, TimeProvider clock)
    {
        Offer = offer;
        _clock = clock;
        TakenAt = clock.GetTimestamp();
        Lease = new Lease(clock, TakenAt - (long)(offer.LeaseAgeSeconds * clock.TimestampFrequency), offer.LeaseSeconds);
        Stopping = _stop.Token;
        _work = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        Silenced = _silence.Token;
    }

    /// <summary>What the master asked for.</summary>
    internal JobOffer Offer { get; }

    /// <summary>The attempt and its fence.</summary>
    internal AttemptKey Key => Offer.Key;

    /// <summary>When the offer came.</summary>
    internal long TakenAt { get; }

    /// <summary>How long work may go on.</summary>
    internal Lease Lease { get; }

    /// <summary>Set when the attempt is to stop.</summary>
    internal CancellationToken Stopping { get; }

    /// <summary>Set when its encode is to end, because the attempt is to stop or to stand still.</summary>
    internal CancellationToken Working
    {
        get
        {
            lock (_lock)
            {
                return _work.Token;
            }
        }
    }

    /// <summary>Whether it keeps a slot busy; false from when its cell is given back.</summary>
    internal bool OccupiesSlot { get; set; } = true;

    /// <summary>Whether it has ended and only its report is under way: then no lease is needed any more, the token fences it.</summary>
    internal bool Reporting { get; set; }

    /// <summary>Whether the master knows that it stands still: only then may the agent end without another word of it.</summary>
    internal bool IsPauseHeard => _pauseHeard;

    /// <summary>Milliseconds from taking the offer to the first frame in the encoder.</summary>
    internal double? FirstFrameMilliseconds { get; private set; }

    /// <summary>Set when not even the report of its end is wanted any more.</summary>
    internal CancellationToken Silenced { get; }

    /// <summary>Hears of phases and progress that are worth a message.</summary>
    internal Action<Attempt>? Moved { get; set; }

    /// <summary>How far it is.</summary>
    internal AttemptPhase Phase => (AttemptPhase)_phase;

    /// <summary>The newest figures.</summary>
    internal JobProgress? Progress => _progress;

    /// <summary>Why it was stopped.</summary>
    internal StopCause Cause
    {
        get
        {
            lock (_lock)
            {
                return _cause;
            }
        }
    }

    /// <summary>The newest lines of its log.</summary>
    internal IReadOnlyList<string> Log
    {
        get
        {
            lock (_lock)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Since the offer came.</summary>
    internal TimeSpan Elapsed => _clock.GetElapsedTime(TakenAt);

    /// <summary>What a heartbeat says of it.</summary>
    internal HeldAttempt Held => new(Key, Phase, Progress);

    /// <summary>Stops it. The first cause counts; a later <see cref="StopCause.Dropped"/> overrides, since then nobody waits for a report.</summary>
    internal void Stop(StopCause cause)
    {
        lock (_lock)
        {
            _cause = _cause == StopCause.None || cause == StopCause.Dropped ? cause : _cause;
        }

        Cancel(_stop);
        if (cause == StopCause.Dropped)
        {
            Silence();
        }
    }

    /// <summary>Lets it stand still: its encode ends at once and loses what is behind the last cut. One that is past encoding is done first.</summary>
    internal void Pause()
    {
        CancellationTokenSource work;
        lock (_lock)
        {
            if (_pauseWanted || Reporting || Phase is not (AttemptPhase.Preparing or AttemptPhase.Encoding or AttemptPhase.Paused))
            {
                return;
            }

            _pauseWanted = true;
            _resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            work = _work;
        }

        Cancel(work);
    }

    /// <summary>Lets it go on. The master gives a lease from when it hears that it runs, and until then nobody else gets the job.</summary>
    internal void Resume()
    {
        TaskCompletionSource resumed;
        lock (_lock)
        {
            if (!_pauseWanted)
            {
                return;
            }

            _pauseWanted = false;
            // The one before is not disposed: an encode that has not noticed the pause yet must still hear of a stop.
            _work = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
            Lease.Renew(_clock.GetTimestamp(), Offer.LeaseSeconds);
            resumed = _resumed;
        }

        resumed.TrySetResult();
    }

    /// <summary>Completes when it may go on.</summary>
    internal Task UntilResumedAsync()
    {
        lock (_lock)
        {
            return _pauseWanted ? _resumed.Task.WaitAsync(Stopping) : Task.CompletedTask;
        }
    }

    /// <summary>Gives up the report of its end: nobody waits for it, or the agent waits no longer.</summary>
    internal void Silence() => Cancel(_silence);

    /// <summary>Whether news of it may be sent now: each phase once, figures not more often than the limit.</summary>
    internal bool IsNewsDue()
    {
        lock (_lock)
        {
            long now = _clock.GetTimestamp();
            bool due = Phase != _newsPhase || _clock.GetElapsedTime(_newsAt, now).TotalMilliseconds >= MessageLimits.ProgressIntervalMilliseconds;
            if (due)
            {
                _newsPhase = Phase;
                _newsAt = now;
            }

            return due;
        }
    }

    /// <summary>The master has answered a message that said how far it is.</summary>
    /// <returns>Whether it knows now, and not before, that it stands still.</returns>
    internal bool WasHeard(AttemptPhase phase)
    {
        if (phase != AttemptPhase.Paused || Phase != AttemptPhase.Paused || _pauseHeard)
        {
            return false;
        }

        _pauseHeard = true;
        return true;
    }

    /// <summary>Moves on.</summary>
    internal void Enter(AttemptPhase phase)
    {
        _pauseHeard = false;
        _phase = (int)phase;
        Moved?.Invoke(this);
    }

    /// <inheritdoc/>
    public void OnFirstFrame()
    {
        // Of the first cell: one that goes on after a pause has a first frame too.
        FirstFrameMilliseconds ??= Elapsed.TotalMilliseconds;
        Enter(AttemptPhase.Encoding);
    }

    /// <inheritdoc/>
    public void OnProgress(JobProgress progress)
    {
        _progress = progress;
        Moved?.Invoke(this);
    }

    /// <inheritdoc/>
    public void OnLog(string line)
    {
        lock (_lock)
        {
            string cut = line.Length > MessageLimits.LogLineChars ? line[..MessageLimits.LogLineChars] : line;
            _log.Enqueue(cut);
            _logChars += cut.Length;
            while (_log.Count > MessageLimits.LogLines || _logChars > MaxLogChars)
            {
                _logChars -= _log.Dequeue().Length;
            }
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in the meantime.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.Dispose();
        _stop.Dispose();
        _silence.Dispose();
    }
}
