using Encode.Contracts.Jobs;

namespace Encode.Contracts.Messages;

/// <summary>The files of an accepted result stand under their final names, or cannot be put there.</summary>
/// <param name="Key">The attempt and its fence.</param>
/// <param name="Error">Why they could not be placed; null on success.</param>
public sealed record PublishedMessage(AttemptKey Key, JobError? Error = null);
