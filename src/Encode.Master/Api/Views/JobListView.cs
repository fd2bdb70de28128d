namespace Encode.Master.Api;

/// <summary>A page of jobs, newest first.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Count">How many match on all pages.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; absent on the last.</param>
public sealed record JobListView(IReadOnlyList<JobView> Jobs, long Count, long? Next);
