using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <content>The attempts that it holds: offered, canceled, found at the start, ended at the stop.</content>
internal sealed partial class AgentService
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    private ValueTask<OfferReply?> OnOffer(JobOffer offer, CancellationToken cancel)
    {
        OfferReply reply = _table.Take(offer, out Attempt? taken);
        if (taken is not null)
        {
            taken.Moved = OnMoved;
            Track(Task.Run(() => _runner.RunAsync(taken), CancellationToken.None));
        }

        return ValueTask.FromResult<OfferReply?>(reply);
    }

    private ValueTask OnControl(ControlMessage message, CancellationToken cancel)
    {
        if (message.Kind == ControlKind.Drain)
        {
            _table.Draining = true;
        }
        else if (message is { Kind: ControlKind.Cancel, Key: { } key } && _table.Find(key) is { Reporting: false } attempt)
        {
            attempt.Stop(StopCause.Canceled);
        }
        else if (message is { Kind: ControlKind.Pause, Key: { } pausing })
        {
            _table.Find(pausing)?.Pause();
        }
        else if (message is { Kind: ControlKind.Resume, Key: { } resuming })
        {
            _table.Find(resuming)?.Resume();
        }

        return ValueTask.CompletedTask;
    }

    private void OnMoved(Attempt attempt)
    {
        if (attempt.IsNewsDue())
        {
            _ = _bus.SendProgressAsync(new ProgressMessage(attempt.Key, attempt.Phase, attempt.Progress), CancellationToken.None);
        }
    }

    private void Recover()
    {
        IReadOnlyList<JournalEntry> left = _journal.ReadAll();
        IReadOnlyList<string> aside = SetAside();
        SweepOutputs([.. left.Select(entry => entry.Offer.Key.JobId), .. aside.Select(AttemptNames.JobOf)]);
        _kept.Sweep([.. left.Where(entry => entry.Step == JournalStep.Paused).Select(entry => AttemptNames.Of(entry.Offer.Key)), .. aside]);
        foreach (JournalEntry entry in left)
        {
            if (entry.Step == JournalStep.Paused)
            {
                Attempt paused = _table.AdoptPaused(entry.Offer);
                paused.Moved = OnMoved;
                Track(Task.Run(() => _runner.RunAsync(paused), CancellationToken.None));
            }
            else if (entry.Step == JournalStep.Writing || entry.Result is null)
            {
                _runner.Discard(entry);
            }
            else
            {
                Attempt attempt = _table.Adopt(entry.Offer);
                Track(Task.Run(() => _runner.RecoverAsync(attempt, entry), CancellationToken.None));
            }
        }
    }

    /// <summary>Names of attempts that this run cannot go on with, but another version of the agent or a later start may. What is set aside is told with what it takes on the disk; what was skipped has been.</summary>
    private IReadOnlyList<string> SetAside()
    {
        IReadOnlyList<(string Name, long Bytes)> aside = _journal.SetAside();
        foreach ((string name, long bytes) in aside)
        {
            _log.SetAsideKept(name, bytes + _kept.BytesOf(name) + _work.OutputBytesOf(AttemptNames.JobOf(name)), AttemptJournal.SetAsidePatience.TotalDays);
        }

        return [.. aside.Select(attempt => attempt.Name), .. _journal.Skipped];
    }

    private void SweepOutputs(IReadOnlyCollection<string> jobs)
    {
        try
        {
            if (_work.SweepOutputs(jobs) is > 0 and var swept)
            {
                _log.OutputsSwept(swept);
            }
        }
        catch (AttemptException cause)
        {
            _log.OutputsNotSwept(cause.Message);
        }
    }

    private async Task DrainAsync()
    {
        _heartbeats.Stopping = true;
        _table.Changed += LetPausedGo;
        _table.Draining = true;
        _log.Draining(_table.All.Count, _options.DrainTimeout.TotalSeconds);
        await Task.WhenAny(AllRuns(), Task.Delay(_options.DrainTimeout)).ConfigureAwait(false);
        IReadOnlyList<Attempt> left = _table.All;
        foreach (Attempt attempt in left)
        {
            attempt.Stop(StopCause.ShuttingDown);
        }

        await Task.WhenAny(AllRuns(), Task.Delay(StopPatience)).ConfigureAwait(false);
        foreach (Attempt attempt in _table.All)
        {
            attempt.Silence();
        }

        _table.Changed -= LetPausedGo;
        _log.Stopped(left.Count);
    }

    /// <summary>
    /// An attempt that stands still, or comes to while others are waited for, is kept for the next start. Nothing is waited for but that the master
    /// knows of it: to a master that thinks it runs, an agent that leaves without naming it has forgotten it, and the job costs a retry.
    /// </summary>
    private void LetPausedGo()
    {
        foreach (Attempt paused in _table.All.Where(attempt => attempt is { Phase: AttemptPhase.Paused, IsPauseHeard: true }))
        {
            paused.Stop(StopCause.ShuttingDown);
        }
    }

    private void Track(Task run)
    {
        lock (_lock)
        {
            _running.Add(run);
        }

        _ = run.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Forget(Task run)
    {
        lock (_lock)
        {
            _running.Remove(run);
        }
    }

    private Task AllRuns()
    {
        lock (_lock)
        {
            return Task.WhenAll(_running);
        }
    }
}
