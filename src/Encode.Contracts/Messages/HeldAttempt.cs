using Encode.Contracts.Jobs;

namespace Encode.Contracts.Messages;

/// <summary>An attempt that an agent says it holds.</summary>
/// <param name="Key">The attempt and its fence.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Progress">The newest progress, once frames flow.</param>
public sealed record HeldAttempt(AttemptKey Key, AttemptPhase Phase, JobProgress? Progress = null);
