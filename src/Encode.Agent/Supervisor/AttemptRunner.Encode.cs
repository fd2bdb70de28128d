using Encode.Agent.Cells;
using Encode.Agent.Output;
using Encode.Agent.Transfers;
using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Agent.Supervisor;

/// <content>Encoding, with pauses and cells that die.</content>
internal sealed partial class AttemptRunner
{
    /// <summary>Encodes, standing still in between as often as it is told to. One that was adopted paused begins so.</summary>
    private async Task<EncodedAttempt> EncodeWithPausesAsync(Attempt attempt, AttemptSegments? segments, WorkLimit limit)
    {
        for (bool isFirst = attempt.Phase != AttemptPhase.Paused; ; isFirst = false)
        {
            if (attempt.Phase == AttemptPhase.Paused)
            {
                limit.Rest();
                await StandStillAsync(attempt).ConfigureAwait(false);
                limit.Go();
            }

            CancellationToken working = attempt.Working;
            try
            {
                Note(new JournalEntry(attempt.Offer, JournalStep.Writing, null));
                return await EncodeAsync(attempt, segments, isFirst, working).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (working.IsCancellationRequested && !attempt.Stopping.IsCancellationRequested)
            {
                if (segments is { IsGivenUp: true })
                {
                    kept.OpenAnew(attempt.Offer, segments);
                }

                log.JobPaused(attempt.Key.JobId, attempt.Key.Attempt, segments?.Cut ?? 0);
                Note(new JournalEntry(attempt.Offer, JournalStep.Paused, null));
                attempt.Enter(AttemptPhase.Paused);
                table.Announce();
            }
        }
    }

    private async Task StandStillAsync(Attempt attempt)
    {
        await attempt.UntilResumedAsync().ConfigureAwait(false);
        await table.OccupyAsync(attempt).ConfigureAwait(false);
        log.JobResumed(attempt.Key.JobId, attempt.Key.Attempt);
        attempt.Enter(AttemptPhase.Encoding);
    }

    private async Task<EncodedAttempt> EncodeAsync(Attempt attempt, AttemptSegments? segments, bool isFirst, CancellationToken working)
    {
        AttemptOutputs? output = null;
        GrowingUpload? growing = null;
        ICell? cell = null;
        try
        {
            long began = clock.GetTimestamp();
            await using JobInput? input = await inputs.OpenAsync(attempt.Offer.InputUrl, working).ConfigureAwait(false);
            List<StageProfile> stages = [new("input", clock.GetElapsedTime(began).TotalSeconds)];
            if (segments?.ThrowAwayUnlessOf(InputIdentity.Of(attempt.Offer.InputUrl, input)) is { } why)
            {
                log.SegmentsThrownAway(attempt.Key.JobId, attempt.Key.Attempt, why);
                attempt.OnLog($"{why}, so the encode begins anew");
            }

            using ScratchFolder? scratch = outputs.CreateScratch(attempt.Offer);
            output = outputs.Create(attempt.Offer);

            // An output that is begun again has other bytes, so only the first one goes out while it grows; a later one is sent whole.
            growing = isFirst ? Follow(attempt, output) : null;
            TranscodeResult? encoded = null;
            while (encoded is null)
            {
                CellJob job = new()
                {
                    Settings = attempt.Offer.Settings,
                    Input = input,
                    Outputs = output.Files,
                    Growth = growing?.Growth,
                    Threads = threadsPerCell,
                    Segments = segments?.Files,
                    Scratch = scratch?.Handle,
                };
                cell = await cells.TakeAsync(working).ConfigureAwait(false);
                segments?.Begin();
                int rooms = kept.RoomsMade;
                try
                {
                    encoded = await TranscodeAsync(cell, job, attempt, growing, working).ConfigureAwait(false);
                }
                catch (AttemptException cause) when (segments is not null && cause.Class is ErrorClass.Crash or ErrorClass.Platform or ErrorClass.Resource)
                {
                    growing?.ThrowIfBroken();
                    if (!await HasLetGoAsync(cell).ConfigureAwait(false))
                    {
                        segments.GiveUp();
                        throw;
                    }

                    if (segments.GoOnAfter(cause, () => kept.HasRoomSince(rooms)) is not { } next)
                    {
                        throw;
                    }

                    log.CellFollowed(attempt.Key.JobId, attempt.Key.Attempt, cause.Message, next);
                    attempt.OnLog($"{cause.Message}; {next}");
                    cells.Return(cell);
                    cell = null;
                    await DisposeAsync(growing).ConfigureAwait(false);
                    growing = null;
                    if (!HasBegunAgain(output))
                    {
                        throw;
                    }
                }
            }

            attempt.Enter(AttemptPhase.Verifying);
            SealedOutput made = await SealedOutput.MakeAsync(output.Staged, output.Names, cell!, encoded, clock, attempt.Stopping).ConfigureAwait(false);
            return new EncodedAttempt(output, growing, encoded, made, stages);
        }
        catch (Exception cause)
        {
            // Before the outputs go, and with them the sign of it. What this attempt has kept would take the room from its next one.
            if (cause is AttemptException { Class: ErrorClass.Resource } && kept.IsFull)
            {
                kept.GiveUpAll();
                segments?.GiveUp();
            }

            await DisposeAsync(growing).ConfigureAwait(false);
            output?.Dispose();
            if (cell is not null && segments is { IsGivenUp: false } && !await HasLetGoAsync(cell).ConfigureAwait(false))
            {
                segments.GiveUp();
            }

            throw;
        }
        finally
        {
            if (cell is not null)
            {
                cells.Return(cell);
            }

            table.FreeSlot(attempt);
        }
    }

    /// <summary>Follows outputs that only grow to the master; null where there are none of those.</summary>
    private GrowingUpload? Follow(Attempt attempt, AttemptOutputs output) =>
        upload is not null && attempt.Offer.Settings.Outputs.Zip(attempt.Offer.Outputs).Any(pair => pair.First.Container is Container.Ts or Container.Cmaf && UploadUrl.Is(pair.Second.Url))
            ? new GrowingUpload(upload, attempt.Key, JobFiles.UrlsOf(attempt.Offer.Settings, attempt.Offer.Outputs), output.Files, attempt.Stopping)
            : null;

    private static async Task<TranscodeResult> TranscodeAsync(ICell cell, CellJob job, Attempt attempt, GrowingUpload? growing, CancellationToken working)
    {
        using CancellationTokenSource encoding = CancellationTokenSource.CreateLinkedTokenSource(working, growing?.Broken ?? CancellationToken.None);
        try
        {
            return await cell.TranscodeAsync(job, attempt, encoding.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!working.IsCancellationRequested)
        {
            growing?.ThrowIfBroken();
            throw;
        }
    }

    /// <summary>
    /// Whether a cell that failed writes no more. A killed process may still be in a call into the kernel, and what that writes late would be in
    /// the files of the next one.
    /// </summary>
    private static async Task<bool> HasLetGoAsync(ICell cell) =>
        cell.IsUsable || await Task.WhenAny(cell.Exited, Task.Delay(CellLimits.ExitPatience)).ConfigureAwait(false) == cell.Exited;

    /// <summary>Another cell writes the outputs from their start: what it does not write over must not stay behind its end.</summary>
    /// <returns>Whether that could be; the error of the cell that failed says more than the disk's.</returns>
    private static bool HasBegunAgain(AttemptOutputs output)
    {
        try
        {
            foreach (SafeFileHandle file in output.Files)
            {
                RandomAccess.SetLength(file, 0);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static ValueTask DisposeAsync(GrowingUpload? growing) => growing?.DisposeAsync() ?? ValueTask.CompletedTask;
}
