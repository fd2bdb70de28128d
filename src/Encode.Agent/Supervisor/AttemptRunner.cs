using Encode.Agent.Cells;
using Encode.Agent.Output;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Microsoft.Extensions.Logging;

namespace Encode.Agent.Supervisor;

// The life of an attempt, from the accepted offer to the last word:
//
//     journal: writing ─► create outputs, open input ─► cell encodes ─► sync + check + hash ─► slot free
//        ─► (upload: stage file by file; what only grows has been on its way since it was begun) ─► journal: checked ─► result ──► accepted ─► journal: publishing ─► rename each ─► published
//                                                                     └──► drop: delete
//
// Whatever fails on the way becomes one failed result. Whatever stops it (cancel, drop, lost lease, time limit, shutdown) deletes
// what was written; only an output that was checked survives a shutdown, with its journal, and is reported by the next run. What is kept in the
// segments is left to the job's next attempt where that may do better (LetGo). A
// cell that dies is followed by another, which goes on from what is kept in the segments (AttemptSegments). A pause ends the cell at
// once, gives the slot back and keeps the segments, also across a shutdown; the input is opened and the outputs are begun again after it. A
// shutdown gives everything else back to the master in so many words, since an attempt that is only forgotten costs a retry.

/// <summary>Runs attempts.</summary>
internal sealed partial class AttemptRunner(
    AttemptTable table,
    CellPool cells,
    InputOpener inputs,
    OutputOpener outputs,
    OutputUpload? upload,
    AttemptJournal journal,
    SegmentFolder kept,
    AttemptReporter reporter,
    int threadsPerCell,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>Runs an attempt to its end. Never throws.</summary>
    internal async Task RunAsync(Attempt attempt)
    {
        JobOffer offer = attempt.Offer;
        log.JobTaken(offer.Key.JobId, offer.Sequence, offer.Key.Attempt, offer.Settings.Scenario, InputOpener.LogName(offer.InputUrl ?? "generated clip"), string.Join(' ', offer.Outputs.Select(output => output.Url)));
        try
        {
            await RunToEndAsync(attempt).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (attempt.Stopping.IsCancellationRequested)
        {
            await StoppedAsync(attempt).ConfigureAwait(false);
        }
        catch (AttemptException cause)
        {
            await FailedAsync(attempt, cause.ToJobError()).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // One job's surprise must not end the agent and its other jobs; it becomes that job's error.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            await FailedAsync(attempt, new JobError(ErrorClass.Platform, $"run the job: {cause.GetType().Name}: {cause.Message}")).ConfigureAwait(false);
        }
        finally
        {
            table.Remove(attempt);
            attempt.Dispose();
        }
    }

    /// <summary>Goes on with an attempt that an earlier run of the agent left.</summary>
    internal async Task RecoverAsync(Attempt attempt, JournalEntry entry)
    {
        try
        {
            using AttemptOutputs output = outputs.Reopen(entry.Offer);
            if (entry.Step != JournalStep.Publishing && output.IsLost(entry.Result!.Files))
            {
                log.JobRecovered(attempt.Key.JobId, attempt.Key.Attempt, "its output is gone; the master will offer the job again");
                output.Delete();
                Forget(attempt.Key);
                return;
            }

            log.JobRecovered(attempt.Key.JobId, attempt.Key.Attempt, entry.Error is null ? "its output is complete and is reported again" : "its output could not be placed, which is reported again");
            attempt.Enter(entry.Step == JournalStep.Publishing ? AttemptPhase.Publishing : AttemptPhase.Verifying);

            // Asked again even where it was accepted: the master may have given the job up since, and another have its place.
            await FinishAsync(attempt, output, entry.Result!, entry.Error).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (attempt.Stopping.IsCancellationRequested)
        {
            await StoppedAsync(attempt).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it was, the other attempts go on; the journal keeps this one for the next start.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            log.CleanupFailed(attempt.Key.JobId, attempt.Key.Attempt, cause.Message);
        }
        finally
        {
            table.Remove(attempt);
            attempt.Dispose();
        }
    }

    /// <summary>Deletes the outputs of an attempt that was cut in the middle. What it kept is its job's next attempt's.</summary>
    internal void Discard(JournalEntry entry)
    {
        AttemptKey key = entry.Offer.Key;
        try
        {
            using AttemptOutputs output = outputs.Reopen(entry.Offer);
            output.Delete();
            journal.Delete(key);
            log.JobRecovered(key.JobId, key.Attempt, "its output was unfinished and is deleted");
        }
#pragma warning disable CA1031 // One leftover that cannot be deleted must not keep the agent from starting.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            log.CleanupFailed(key.JobId, key.Attempt, cause.Message);
        }
    }

    private async Task RunToEndAsync(Attempt attempt)
    {
        using WorkLimit limit = new(attempt, clock);
        using AttemptSegments? segments = kept.Open(attempt.Offer);
        try
        {
            await RunToEndAsync(attempt, segments, limit).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            LetGo(attempt, segments, cause);
            throw;
        }
    }

    private async Task RunToEndAsync(Attempt attempt, AttemptSegments? segments, WorkLimit limit)
    {
        await using EncodedAttempt made = await EncodeWithPausesAsync(attempt, segments, limit).ConfigureAwait(false);
        IReadOnlyList<string> urls = JobFiles.UrlsOf(attempt.Offer.Settings, attempt.Offer.Outputs);
        if (made.Outputs.Places.Any(place => place.IsUpload))
        {
            await StageAsync(attempt, urls, made).ConfigureAwait(false);
        }

        JobResult result = Results.Of(made.Result, made.Sealed, urls, attempt.Elapsed.TotalSeconds, attempt.FirstFrameMilliseconds, made.Stages) with
        {
            SubmitToFirstFrameMilliseconds = attempt.FirstFrameMilliseconds is { } first ? Math.Round(attempt.Offer.AgeMilliseconds + first, 1) : null,
        };
        limit.Rest();
        Note(new JournalEntry(attempt.Offer, JournalStep.Checked, result));
        kept.Delete(attempt.Key); // the output is on the disk, and told whatever comes
        attempt.Reporting = true;
        await FinishAsync(attempt, made.Outputs, result).ConfigureAwait(false);
    }

    /// <summary>
    /// Decides over what an attempt has kept that did not succeed. At a shutdown it stays where it is: the next start finds it. It goes where no other
    /// attempt follows: nobody wants the job any more, or it took too long, as it would again.
    /// </summary>
    private void LetGo(Attempt attempt, AttemptSegments? segments, Exception cause)
    {
        bool isOfUse = segments?.IsOfUseAfter(cause) == true;
        if (isOfUse && cause is OperationCanceledException && attempt.Cause == StopCause.ShuttingDown)
        {
            return;
        }

        if (isOfUse && attempt.Cause is not (StopCause.Canceled or StopCause.Dropped or StopCause.TimedOut))
        {
            kept.HandBack(attempt.Key);
        }
        else
        {
            kept.Delete(attempt.Key);
        }
    }

    private void Note(JournalEntry entry) => kept.WithRoom(() =>
    {
        journal.Write(entry);
        return true;
    });

    private async Task StageAsync(Attempt attempt, IReadOnlyList<string> urls, EncodedAttempt made)
    {
        long started = clock.GetTimestamp();
        attempt.Enter(AttemptPhase.Uploading);
        OutputUpload toMaster = upload ?? throw new AttemptException(ErrorClass.Settings, "deliver the output: this agent has no master");
        if (made.Growing is { } growing)
        {
            await growing.EndAsync().ConfigureAwait(false);
            attempt.Stopping.ThrowIfCancellationRequested();
        }

        foreach ((int index, string url) in urls.Index().Where(file => made.Sealed.Files[file.Index].IsUsed && UploadUrl.Is(file.Item)))
        {
            SealedFile whole = made.Sealed.Files[index];
            long from = made.Growing?.Growth.TakenOf(index) ?? 0;
            await toMaster.StageAsync(url, attempt.Key, made.Outputs.Files[index], whole.Bytes, whole.Sha256, from, attempt.Stopping).ConfigureAwait(false);
        }

        made.Stages.Add(new StageProfile("upload", clock.GetElapsedTime(started).TotalSeconds));
    }

    /// <param name="attempt">The attempt.</param>
    /// <param name="output">Its outputs.</param>
    /// <param name="result">What was made.</param>
    /// <param name="unplaced">Why an earlier run of the agent could not place it.</param>
    private async Task FinishAsync(Attempt attempt, AttemptOutputs output, JobResult result, JobError? unplaced = null)
    {
        ResultMessage message = new(attempt.Key, Outcome.Succeeded, result, null, attempt.Log);
        AttemptReply reply = await ReportKeepingAsync(attempt, output, () => reporter.ResultAsync(message, attempt.Stopping)).ConfigureAwait(false);
        if (reply.Verdict == Verdict.Drop)
        {
            log.JobDropped(attempt.Key.JobId, attempt.Key.Attempt, reply.Reason ?? "no reason given");

            // Also what could not be taken up again, such as half of a folder.
            output.Delete();
            Forget(attempt.Key);
            return;
        }

        JobError? error = null;
        if (output.HasFiles)
        {
            attempt.Enter(AttemptPhase.Publishing);
            error = unplaced ?? Publish(attempt, output, result);
            await reporter.PublishedAsync(attempt.Key, error, attempt.Stopping).ConfigureAwait(false);
        }

        Forget(attempt.Key);
        if (error is not null)
        {
            return;
        }

        log.JobDone(attempt.Key.JobId, attempt.Key.Attempt, result.Frames, result.RealTimeFactor * result.FrameRate.Value, result.FirstFrameMilliseconds ?? 0);
    }

    /// <summary>Puts the outputs under their names.</summary>
    /// <returns>Why that could not be, which is noted before it is told.</returns>
    private JobError? Publish(Attempt attempt, AttemptOutputs output, JobResult result)
    {
        NotePublishing(attempt, result, null);
        try
        {
            output.Publish(result.Files);
            return null;
        }
        catch (AttemptException cause)
        {
            JobError error = cause.ToJobError();
            log.JobFailed(attempt.Key.JobId, attempt.Key.Attempt, cause.Class, cause.Message);
            NotePublishing(attempt, result, error);
            return error;
        }
    }

    /// <summary>
    /// Notes that the master has accepted, or why the output has no name after that. A disk that refuses the note must not cost the job now: a next
    /// run finds it checked, the master accepts the same result again, and the name is tried for once more.
    /// </summary>
    private void NotePublishing(Attempt attempt, JobResult result, JobError? error)
    {
        try
        {
            Note(new JournalEntry(attempt.Offer, JournalStep.Publishing, result, error));
        }
        catch (AttemptException cause)
        {
            log.NotNoted(attempt.Key.JobId, attempt.Key.Attempt, cause.Message);
        }
    }

    /// <summary>Reports; when the agent shuts down before there is an answer, the output stays for the next run.</summary>
    private static async Task<AttemptReply> ReportKeepingAsync(Attempt attempt, AttemptOutputs output, Func<Task<AttemptReply>> report)
    {
        try
        {
            return await report().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (attempt.Cause == StopCause.ShuttingDown)
        {
            output.Keep();
            throw;
        }
    }
}
