namespace Encode.Master.Store;

/// <summary>A stretch of the queue, in the order of service.</summary>
/// <param name="Jobs">Jobs that may be offered now.</param>
/// <param name="More">Whether others follow them.</param>
/// <param name="NextDue">When the next job that waits after a failure may be offered; null when none waits.</param>
public sealed record QueuePage(IReadOnlyList<JobRow> Jobs, bool More, DateTimeOffset? NextDue);
