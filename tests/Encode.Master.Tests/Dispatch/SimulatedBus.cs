using System.Collections.Concurrent;
using Encode.Contracts.Messages;
using Encode.Master.Dispatch;

namespace Encode.Master.Tests.Dispatch;

/// <summary>A bus whose nodes do what a test says.</summary>
internal sealed class SimulatedBus : INodeBus
{
    public ConcurrentQueue<(string NodeId, JobOffer Offer)> Offers { get; } = [];

    public ConcurrentQueue<(string NodeId, ControlMessage Message)> Controls { get; } = [];

    /// <summary>What nodes answer to offers.</summary>
    public Func<string, JobOffer, Task<OfferReply?>> Answer { get; set; } = (_, _) => Task.FromResult<OfferReply?>(new OfferReply(true));

    public Task<OfferReply?> SendOfferAsync(string nodeId, JobOffer offer, TimeSpan timeout)
    {
        Offers.Enqueue((nodeId, offer));
        return Answer(nodeId, offer);
    }

    public Task SendControlAsync(string nodeId, ControlMessage message)
    {
        Controls.Enqueue((nodeId, message));
        return Task.CompletedTask;
    }
}
