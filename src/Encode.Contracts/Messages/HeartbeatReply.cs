namespace Encode.Contracts.Messages;

/// <summary>The answer to a heartbeat: a lease counts from when the acknowledged heartbeat was sent.</summary>
/// <param name="Held">A word on each attempt that the heartbeat named.</param>
/// <param name="LeaseSeconds">How long leases last.</param>
/// <param name="Drain">Whether the node is to take no more work.</param>
/// <param name="UserJwt">A new NATS user JWT for a node that wanted one; else null.</param>
public sealed record HeartbeatReply(IReadOnlyList<HeldReply> Held, double LeaseSeconds, bool Drain, string? UserJwt = null);
