namespace Encode.Contracts.Messages;

/// <summary>Names one attempt and proves that its sender holds the lease.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Attempt">Which try, from 1.</param>
/// <param name="Token">The lease's random 128-bit token, lower-case hex: the fence.</param>
public sealed record AttemptKey(string JobId, int Attempt, string Token);
