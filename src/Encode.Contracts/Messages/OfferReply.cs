namespace Encode.Contracts.Messages;

/// <summary>An agent's answer to an offer. A refusal costs the job no retry.</summary>
/// <param name="Accepted">Whether the agent took the attempt.</param>
/// <param name="Reason">Why not, one sentence.</param>
public sealed record OfferReply(bool Accepted, string? Reason = null);
