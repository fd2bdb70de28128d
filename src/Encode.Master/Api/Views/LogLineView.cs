namespace Encode.Master.Api;

/// <summary>A line of a job's log.</summary>
/// <param name="Time">When it was written down, UTC.</param>
/// <param name="Attempt">Of which attempt; 0 before the first.</param>
/// <param name="Node">Who said it; absent for the master.</param>
/// <param name="Line">What was said.</param>
public sealed record LogLineView(DateTime Time, int Attempt, string? Node, string Line);
