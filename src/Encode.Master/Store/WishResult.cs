namespace Encode.Master.Store;

/// <summary>The answer to a wish.</summary>
/// <param name="Outcome">Whether it is taken.</param>
/// <param name="Job">The job as it stands now; null when there is none.</param>
public sealed record WishResult(WishOutcome Outcome, JobRow? Job);
