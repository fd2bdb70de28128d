namespace Encode.Contracts.Messages;

/// <summary>The master tells an agent what to do with an attempt, or with itself. A hint: heartbeat replies say the same again.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Key">The attempt; null for <see cref="ControlKind.Drain"/>.</param>
public sealed record ControlMessage(ControlKind Kind, AttemptKey? Key = null);
