namespace Encode.Master.Store;

/// <summary>The answer to a submission.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Job">The job, when it was created or replayed; the other job of the key on a conflict.</param>
/// <param name="Output">Which output's name is taken, where one is.</param>
public sealed record SubmitResult(SubmitOutcome Outcome, JobRow? Job, int Output = 0);
