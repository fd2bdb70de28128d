namespace Encode.Master.Store;

/// <summary>The answer to a cancel.</summary>
/// <param name="Outcome">Whether it is canceled.</param>
/// <param name="Job">The job as it stands now; null when there is none.</param>
public sealed record CancelResult(CancelOutcome Outcome, JobRow? Job);
