using Encode.Contracts.Messages;

namespace Encode.Master.Dispatch;

/// <summary>What the dispatcher says to nodes. One implementation speaks NATS, the tests' simulates a cluster.</summary>
public interface INodeBus
{
    /// <summary>Offers an attempt to a node.</summary>
    /// <returns>The node's answer; null when none came in time.</returns>
    Task<OfferReply?> SendOfferAsync(string nodeId, JobOffer offer, TimeSpan timeout);

    /// <summary>Tells a node what to do with an attempt. May be lost: heartbeat replies say the same again.</summary>
    Task SendControlAsync(string nodeId, ControlMessage message);
}
