using Encode.Contracts.Messages;

namespace Encode.Messaging;

/// <summary>What an agent does with messages of the master.</summary>
public sealed record AgentHandlers
{
    /// <summary>Takes or refuses an attempt. Must be quick: offers are handled one after the other. Null answers nothing.</summary>
    public required Func<JobOffer, CancellationToken, ValueTask<OfferReply?>> OnOffer { get; init; }

    /// <summary>Cancel, pause, resume, drain. May overtake the offer it is about.</summary>
    public required Func<ControlMessage, CancellationToken, ValueTask> OnControl { get; init; }
}
