using Encode.Contracts.Json;
using Encode.Contracts.Messages;

namespace Encode.Messaging;

/// <summary>One node's side of the subjects (DESIGN 5).</summary>
/// <param name="connection">A connection with the node's credential and <see cref="BusOptions.NodeId"/>; stays the caller's.</param>
/// <param name="nodeId">The node.</param>
public sealed class AgentBus(BusConnection connection, string nodeId)
{
    private static readonly ContractsJson s_json = ContractsJson.Default;
    private static readonly TimeSpan s_confirmTimeout = TimeSpan.FromSeconds(10);

    private bool _hearsControl;
    private bool _hearsOffers;

    /// <summary>The connection underneath, for its state and counters.</summary>
    public BusConnection Connection => connection;

    /// <summary>Subscribes to what the master sends. Returns once the broker knows, so after the first connection.</summary>
    /// <returns>Whether it knows; false when the connection was lost on the way. Then call again, which subscribes to nothing twice.</returns>
    public async Task<bool> StartAsync(AgentHandlers handlers, CancellationToken cancel = default)
    {
        try
        {
            if (!_hearsControl)
            {
                await connection.SubscribeAsync(
                    Subjects.Control(nodeId), s_json.ControlMessage, (_, m, c) => handlers.OnControl(m, c), cancel).ConfigureAwait(false);
                _hearsControl = true;
            }

            if (!_hearsOffers)
            {
                await connection.AnswerAsync(
                    Subjects.Offer(nodeId), s_json.JobOffer, s_json.OfferReply, (_, m, c) => handlers.OnOffer(m, c), cancel).ConfigureAwait(false);
                _hearsOffers = true;
            }

            return await connection.FlushAsync(s_confirmTimeout, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (BusConnection.IsTransport(e) && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>A sign of life. Null when it was not answered.</summary>
    public Task<HeartbeatReply?> SendHeartbeatAsync(Heartbeat heartbeat, TimeSpan timeout, CancellationToken cancel = default) =>
        connection.RequestAsync(Subjects.Heartbeat(nodeId), heartbeat, s_json.Heartbeat, s_json.HeartbeatReply, timeout, cancel);

    /// <summary>How far an attempt is.</summary>
    /// <returns>Whether it left.</returns>
    public ValueTask<bool> SendProgressAsync(ProgressMessage progress, CancellationToken cancel = default) =>
        connection.PublishAsync(Subjects.Progress(nodeId), progress, s_json.ProgressMessage, cancel);

    /// <summary>An attempt ended. Null when it was not answered: send it again.</summary>
    public Task<AttemptReply?> SendResultAsync(ResultMessage result, TimeSpan timeout, CancellationToken cancel = default) =>
        connection.RequestAsync(Subjects.Result(nodeId), result, s_json.ResultMessage, s_json.AttemptReply, timeout, cancel);

    /// <summary>Outputs stand under their names. Null when it was not answered: send it again.</summary>
    public Task<AttemptReply?> SendPublishedAsync(PublishedMessage published, TimeSpan timeout, CancellationToken cancel = default) =>
        connection.RequestAsync(Subjects.Published(nodeId), published, s_json.PublishedMessage, s_json.AttemptReply, timeout, cancel);
}
