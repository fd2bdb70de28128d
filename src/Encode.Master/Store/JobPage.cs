namespace Encode.Master.Store;

/// <summary>A page of jobs, newest first.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Count">How many jobs match in all, on every page.</param>
/// <param name="Next">What to pass as <see cref="JobQuery.After"/> for the next page; null on the last.</param>
public sealed record JobPage(IReadOnlyList<JobRow> Jobs, long Count, long? Next);
