using Encode.Contracts.Messages;
using Encode.Master.Dispatch;
using Encode.Messaging;

namespace Encode.Master.Broker;

/// <summary>Lets the dispatcher speak to nodes over NATS, and hands it what they say.</summary>
/// <param name="bus">Gives the master's side of the bus; a function, since the dispatcher is made before the broker is up.</param>
public sealed class NatsNodeBus(Func<MasterBus> bus) : INodeBus
{
    /// <inheritdoc/>
    public Task<OfferReply?> SendOfferAsync(string nodeId, JobOffer offer, TimeSpan timeout) => bus().SendOfferAsync(nodeId, offer, timeout);

    /// <inheritdoc/>
    public async Task SendControlAsync(string nodeId, ControlMessage message) => await bus().SendControlAsync(nodeId, message);

    /// <summary>Gives the dispatcher everything that nodes send from now on.</summary>
    public static Task ListenAsync(MasterBus bus, Dispatcher dispatcher, CancellationToken cancel = default) => bus.StartAsync(
        new MasterHandlers
        {
            OnHeartbeat = async (node, heartbeat, _) => await dispatcher.HandleHeartbeatAsync(node, heartbeat),
            OnProgress = (node, progress, _) =>
            {
                dispatcher.HandleProgress(node, progress);
                return ValueTask.CompletedTask;
            },
            OnResult = async (node, result, _) => await dispatcher.HandleResultAsync(node, result),
            OnPublished = async (node, published, _) => await dispatcher.HandlePublishedAsync(node, published),
        },
        cancel);
}
