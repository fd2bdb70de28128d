using Encode.Contracts.Messages;
using Encode.Master.Store;

namespace Encode.Master.Dispatch;

/// <content>What nodes say, over NATS or HTTPS. The store holds it against its rows first.</content>
public sealed partial class Dispatcher
{
    /// <summary>A node's sign of life, over NATS or <c>POST /nodes/{id}/reconcile</c>.</summary>
    /// <returns>Null when no such node is registered, and when the heartbeat says what cannot be.</returns>
    /// <exception cref="StoreException">The database could not take it; nothing is renewed.</exception>
    public async Task<HeartbeatReply?> HandleHeartbeatAsync(string nodeId, Heartbeat heartbeat)
    {
        if (HeartbeatRules.WhatIsWrong(heartbeat) is { } wrong)
        {
            log.HeartbeatRefused(nodeId, wrong);
            return null;
        }

        HeartbeatReply? reply = await store.HeartbeatAsync(nodeId, heartbeat).ConfigureAwait(false);
        foreach (HeldAttempt held in heartbeat.Held)
        {
            live.Note(nodeId, held.Key, held.Phase, held.Progress);
        }

        return reply;
    }

    /// <summary>How far an attempt is. May be lost; what is not this node's attempt is ignored.</summary>
    public void HandleProgress(string nodeId, ProgressMessage progress)
    {
        if (live.Note(nodeId, progress.Key, progress.Phase, progress.Progress))
        {
            Track(MarkAsync(store.MarkRunningAsync(nodeId, progress.Key)));
        }
        else if (progress.Phase == AttemptPhase.Paused)
        {
            Track(MarkAsync(store.MarkPausedAsync(nodeId, progress.Key)));
        }
    }

    /// <summary>An attempt ended. May be repeated until it is answered.</summary>
    public Task<AttemptReply> HandleResultAsync(string nodeId, ResultMessage result) => OrRetryAsync(store.TakeResultAsync(nodeId, result));

    /// <summary>The files of an accepted result stand, or cannot be placed. May be repeated until it is answered.</summary>
    public Task<AttemptReply> HandlePublishedAsync(string nodeId, PublishedMessage published) => OrRetryAsync(store.TakePublishedAsync(nodeId, published));

    private async Task<AttemptReply> OrRetryAsync(Task<AttemptReply> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (StoreException error)
        {
            log.DispatchFailed(error.Message);
            return new AttemptReply(Verdict.Retry, error.Message);
        }
    }

    private async Task MarkAsync(Task marking)
    {
        try
        {
            await marking.ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The next heartbeat says the same again.
            log.DispatchFailed(error.Message);
        }
    }
}
