using Encode.Contracts.Jobs;

namespace Encode.Contracts.Messages;

/// <summary>How far an attempt is, at most two a second. May be lost.</summary>
/// <param name="Key">The attempt.</param>
/// <param name="Phase">What the agent does.</param>
/// <param name="Progress">Figures, once frames flow.</param>
public sealed record ProgressMessage(AttemptKey Key, AttemptPhase Phase, JobProgress? Progress = null);
