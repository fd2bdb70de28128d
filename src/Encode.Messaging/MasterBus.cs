using Encode.Contracts.Json;
using Encode.Contracts.Messages;

namespace Encode.Messaging;

/// <summary>The master's side of the subjects (DESIGN 5).</summary>
/// <param name="connection">A connection with the master's credential; stays the caller's.</param>
public sealed class MasterBus(BusConnection connection)
{
    private static readonly ContractsJson s_json = ContractsJson.Default;
    private static readonly TimeSpan s_retryPause = TimeSpan.FromMilliseconds(200);

    /// <summary>The connection underneath, for its state and counters.</summary>
    public BusConnection Connection => connection;

    /// <summary>
    /// Subscribes to what nodes send. Returns once the broker knows, so after the first connection; a connection that is lost on the way is
    /// waited for. Call it once.
    /// </summary>
    public async Task StartAsync(MasterHandlers handlers, CancellationToken cancel = default)
    {
        Func<Task>[] subscriptions =
        [
            () => connection.AnswerAsync(
                Subjects.Heartbeat("*"), s_json.Heartbeat, s_json.HeartbeatReply, (s, m, c) => handlers.OnHeartbeat(Subjects.NodeOf(s), m, c), cancel),
            () => connection.SubscribeAsync(
                Subjects.Progress("*"), s_json.ProgressMessage, (s, m, c) => handlers.OnProgress(Subjects.NodeOf(s), m, c), cancel),
            () => connection.AnswerAsync(
                Subjects.Result("*"), s_json.ResultMessage, s_json.AttemptReply, (s, m, c) => handlers.OnResult(Subjects.NodeOf(s), m, c), cancel),
            () => connection.AnswerAsync(
                Subjects.Published("*"), s_json.PublishedMessage, s_json.AttemptReply, (s, m, c) => handlers.OnPublished(Subjects.NodeOf(s), m, c), cancel),
        ];
        foreach (Func<Task> subscribe in subscriptions)
        {
            await UntilHeardAsync(subscribe, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Offers an attempt to a node. Null when it did not answer: the claim stands until the lease ends or a reconcile.</summary>
    public Task<OfferReply?> SendOfferAsync(string nodeId, JobOffer offer, TimeSpan timeout, CancellationToken cancel = default) =>
        connection.RequestAsync(Subjects.Offer(nodeId), offer, s_json.JobOffer, s_json.OfferReply, timeout, cancel);

    /// <summary>Tells a node something; heartbeat replies say the same again.</summary>
    /// <returns>Whether it left.</returns>
    public ValueTask<bool> SendControlAsync(string nodeId, ControlMessage control, CancellationToken cancel = default) =>
        connection.PublishAsync(Subjects.Control(nodeId), control, s_json.ControlMessage, cancel);

    private async Task UntilHeardAsync(Func<Task> subscribe, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await subscribe().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (BusConnection.IsTransport(e) && !cancel.IsCancellationRequested && connection.State != BusState.Closed)
            {
                await Task.Delay(s_retryPause, cancel).ConfigureAwait(false);
            }
        }
    }
}
