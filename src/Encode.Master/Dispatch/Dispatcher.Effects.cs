using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Master.Scheduling;
using Encode.Master.Store;

namespace Encode.Master.Dispatch;

/// <content>What the core wants done. Nothing here throws: what fails is logged once, and told to the core.</content>
public sealed partial class Dispatcher
{
    private Task PerformAsync(SchedulerEffect effect) => effect switch
    {
        SchedulerEffect.ReadQueue read => ReadQueueAsync(read),
        SchedulerEffect.Claim claim => ClaimAsync(claim),
        SchedulerEffect.SendOffer offer => SendOfferAsync(offer),
        SchedulerEffect.SendCancel cancel => SendControlAsync(cancel.NodeId, new ControlMessage(ControlKind.Cancel, cancel.Key)),
        SchedulerEffect.SendWish wish => SendControlAsync(wish.NodeId, new ControlMessage(wish.Kind, wish.Key)),
        SchedulerEffect.EndAttempt end => EndAttemptAsync(end.Ending),
        SchedulerEffect.GiveUpPublishing give => GiveUpPublishingAsync(give),
        SchedulerEffect.Reject reject => RejectAsync(reject),
        _ => throw new InvalidOperationException($"perform {effect}: an effect without a deed"),
    };

    private async Task ReadQueueAsync(SchedulerEffect.ReadQueue read)
    {
        try
        {
            QueuePage page = await store.ReadQueueAsync(SchedulerLimits.Window, read.After).ConfigureAwait(false);
            Post(new SchedulerEvent.QueueRead([.. page.Jobs.Select(QueuedJob.Of)], page.More, read.After is null, page.NextDue));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            log.DispatchFailed(error.Message);
            Post(new SchedulerEvent.StoreFailed(null));
        }
    }

    private async Task ClaimAsync(SchedulerEffect.Claim claim)
    {
        try
        {
            // What became of it is told by the commit, in its order.
            await store.ClaimAsync(claim.JobId, claim.NodeId, claim.Lease).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            log.DispatchFailed(error.Message);
            Post(new SchedulerEvent.StoreFailed(claim.JobId));
        }
    }

    private async Task SendOfferAsync(SchedulerEffect.SendOffer send)
    {
        OfferReply? reply = null;
        if (offers.TryRemove(send.Key.JobId, out JobRow? job) && job.Key == send.Key)
        {
            reply = await AskAsync(send.NodeId, OfferOf(job)).ConfigureAwait(false);
            LogAnswer(job, send.NodeId, reply);
        }

        Post(new SchedulerEvent.OfferAnswered(send.Key, reply));
    }

    private async Task<OfferReply?> AskAsync(string nodeId, JobOffer offer)
    {
        try
        {
            return await bus.SendOfferAsync(nodeId, offer, DispatchLimits.OfferTimeout).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A bus that fails is a bus that did not answer: the claim stands until the lease ends or a reconcile.
            log.BusFailed(nodeId, error.Message);
            return null;
        }
    }

    private void LogAnswer(JobRow job, string nodeId, OfferReply? reply)
    {
        if (reply is null)
        {
            log.OfferUnanswered(job.Sequence, job.Id, job.Attempt, nodeId);
        }
        else if (reply.Accepted)
        {
            log.OfferAccepted(job.Sequence, job.Id, job.Attempt, nodeId);
        }
        else
        {
            log.OfferRefused(job.Sequence, job.Id, job.Attempt, nodeId, reply.Reason ?? "no reason given");
        }
    }

    private void LogEnd(StoreEvent.AttemptOver over)
    {
        JobRow job = over.Job;
        if (over.State == JobState.Completed)
        {
            log.AttemptEnded(job.Sequence, job.Attempt, job.NodeId!, over.Line, job.Id);
        }
        else if (over.State != JobState.Canceled)
        {
            // A cancel is told where it is asked for, with who did.
            log.AttemptFailed(job.Sequence, job.Attempt, job.NodeId!, over.Line, over.State, job.Id);
        }
    }

    private JobOffer OfferOf(JobRow job) => new()
    {
        Protocol = MessageLimits.Protocol,
        LeaseAgeSeconds = Math.Max(0, (clock.GetUtcNow() - job.StartedAt!.Value).TotalSeconds),
        Key = job.Key!,
        Sequence = job.Sequence,
        LeaseSeconds = (job.LeaseUntil!.Value - job.StartedAt!.Value).TotalSeconds,
        AgeMilliseconds = (clock.GetUtcNow() - job.CreatedAt).TotalMilliseconds,
        Settings = job.Settings,
        InputUrl = job.InputUrl,
        Outputs = job.Outputs,
        TimeoutSeconds = job.TimeoutSeconds,
    };

    private async Task SendControlAsync(string nodeId, ControlMessage message)
    {
        try
        {
            await bus.SendControlAsync(nodeId, message).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The next heartbeat's answer says the same again.
            log.BusFailed(nodeId, error.Message);
        }
    }

    private async Task EndAttemptAsync(AttemptEnding ending)
    {
        try
        {
            (bool ended, JobRow? job) = await store.EndAttemptAsync(ending).ConfigureAwait(false);
            if (ended)
            {
                return;
            }

            bool held = job?.Token == ending.Key.Token && JobTransitions.IsHeld(job.State);
            Post(new SchedulerEvent.EndRefused(ending.Key, held ? job!.LeaseUntil ?? clock.GetUtcNow() : null));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            log.DispatchFailed(error.Message);
            Post(new SchedulerEvent.EndRefused(ending.Key, clock.GetUtcNow() + SchedulerLimits.StorePause));
        }
    }

    private async Task GiveUpPublishingAsync(SchedulerEffect.GiveUpPublishing give)
    {
        try
        {
            await store.TakePublishedAsync(give.NodeId, new PublishedMessage(give.Key, give.Error)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            log.DispatchFailed(error.Message);
            Post(new SchedulerEvent.EndRefused(give.Key, clock.GetUtcNow() + SchedulerLimits.StorePause));
        }
    }

    private async Task RejectAsync(SchedulerEffect.Reject reject)
    {
        try
        {
            if (await store.RejectAsync(reject.JobId, reject.Reason).ConfigureAwait(false))
            {
                log.JobRejected(reject.JobId, reject.Reason);
            }
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Names the job, so that a reading that is under way is not taken to have failed.
            log.DispatchFailed(error.Message);
            Post(new SchedulerEvent.StoreFailed(reject.JobId));
        }
    }
}
