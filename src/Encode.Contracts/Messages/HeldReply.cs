namespace Encode.Contracts.Messages;

/// <summary>The master's word on one held attempt.</summary>
/// <param name="Key">The attempt.</param>
/// <param name="Verdict"><see cref="Verdict.Accepted"/>: the lease is renewed. <see cref="Verdict.Drop"/>: stop.</param>
/// <param name="Wish">What a user wants of it, if anything.</param>
public sealed record HeldReply(AttemptKey Key, Verdict Verdict, ControlKind? Wish = null);
