using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <content>Ends without a result: failed, stopped, given back.</content>
internal sealed partial class AttemptRunner
{
    private async Task FailedAsync(Attempt attempt, JobError error)
    {
        log.JobFailed(attempt.Key.JobId, attempt.Key.Attempt, error.Class, error.Message);
        await EndAsync(attempt, new ResultMessage(attempt.Key, Outcome.Failed, null, error, attempt.Log)).ConfigureAwait(false);
    }

    private async Task StoppedAsync(Attempt attempt)
    {
        log.JobStopped(attempt.Key.JobId, attempt.Key.Attempt, Describe(attempt.Cause));
        if (attempt.Cause == StopCause.TimedOut)
        {
            JobError error = new(ErrorClass.Resource, $"run the job: it took longer than its limit of {attempt.Offer.TimeoutSeconds} s; raise timeout_seconds or choose a faster scenario");
            await EndAsync(attempt, new ResultMessage(attempt.Key, Outcome.TimedOut, null, error, attempt.Log)).ConfigureAwait(false);
        }
        else if (attempt.Cause == StopCause.Canceled)
        {
            await EndAsync(attempt, new ResultMessage(attempt.Key, Outcome.Canceled, null, null, attempt.Log)).ConfigureAwait(false);
        }
        else if (attempt.Cause == StopCause.ShuttingDown && !attempt.Reporting && attempt.Phase != AttemptPhase.Paused)
        {
            // To the master, a node that ends what nobody canceled gives it back.
            await EndAsync(attempt, new ResultMessage(attempt.Key, Outcome.Canceled, null, null, attempt.Log)).ConfigureAwait(false);
        }
        else if (attempt.Cause != StopCause.ShuttingDown)
        {
            Forget(attempt.Key);
        }
    }

    /// <summary>Reports an end that leaves no output. The report may take as long as the master is away, but not longer than the agent lives.</summary>
    private async Task EndAsync(Attempt attempt, ResultMessage message)
    {
        Forget(attempt.Key);
        table.FreeSlot(attempt);
        attempt.Reporting = true;
        try
        {
            await reporter.ResultAsync(message, attempt.Silenced).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Dropped, or the agent waits no longer: the master finds out by the next heartbeat, which does not name the attempt.
        }
    }

    /// <summary>Deletes the note of an attempt that has ended. A disk that refuses must not keep its end from being told; the next start looks at it again.</summary>
    private void Forget(AttemptKey key)
    {
        try
        {
            journal.Delete(key);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            log.CleanupFailed(key.JobId, key.Attempt, cause.Message);
        }
    }

    private static string Describe(StopCause cause) => cause switch
    {
        StopCause.Canceled => "it was canceled",
        StopCause.Dropped => "the master gave it to another node",
        StopCause.LeaseLost => "its lease ran out because the master could not be reached",
        StopCause.TimedOut => "it took longer than it may",
        _ => "the agent ends",
    };
}
