using Encode.Contracts.Messages;
using Encode.Master.Dispatch;

namespace Encode.Master.Tests.Api;

/// <summary>A bus on which no node ever answers.</summary>
internal sealed class SilentBus : INodeBus
{
    public Task<OfferReply?> SendOfferAsync(string nodeId, JobOffer offer, TimeSpan timeout) => Task.FromResult<OfferReply?>(null);

    public Task SendControlAsync(string nodeId, ControlMessage message) => Task.CompletedTask;
}
