namespace Encode.Master.Store;

/// <summary>A line of a job's log: what the master did with it and what its attempts reported.</summary>
/// <param name="At">When it was written down.</param>
/// <param name="Attempt">Of which attempt; 0 before the first.</param>
/// <param name="NodeId">Which node said it; null for the master's own lines.</param>
/// <param name="Text">One sentence or one line of an encoder.</param>
public sealed record LogLine(DateTimeOffset At, int Attempt, string? NodeId, string Text);
