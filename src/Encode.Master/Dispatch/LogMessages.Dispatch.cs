using Encode.Contracts.Jobs;

namespace Encode.Master;

/// <content>What the dispatcher writes to the log.</content>
internal static partial class LogMessages
{
    [LoggerMessage(40, LogLevel.Information, "job {Sequence} ({JobId}) attempt {Attempt} on node {NodeId}: the node took it")]
    public static partial void OfferAccepted(this ILogger log, long sequence, string jobId, int attempt, string nodeId);

    [LoggerMessage(41, LogLevel.Information, "job {Sequence} ({JobId}) attempt {Attempt} on node {NodeId}: the node refused it: {Reason}")]
    public static partial void OfferRefused(this ILogger log, long sequence, string jobId, int attempt, string nodeId, string reason);

    [LoggerMessage(42, LogLevel.Warning, "job {Sequence} ({JobId}) attempt {Attempt} on node {NodeId}: the node did not answer the offer")]
    public static partial void OfferUnanswered(this ILogger log, long sequence, string jobId, int attempt, string nodeId);

    [LoggerMessage(43, LogLevel.Warning, "job {Sequence} ({JobId}) attempt {Attempt} on node {NodeId}: {Line}; the job is {State}")]
    public static partial void AttemptFailed(this ILogger log, long sequence, int attempt, string nodeId, string line, JobState state, string jobId);

    [LoggerMessage(47, LogLevel.Information, "job {Sequence} ({JobId}) attempt {Attempt} on node {NodeId}: {Line}")]
    public static partial void AttemptEnded(this ILogger log, long sequence, int attempt, string nodeId, string line, string jobId);

    [LoggerMessage(48, LogLevel.Warning, "job {JobId} rejected: {Reason}")]
    public static partial void JobRejected(this ILogger log, string jobId, string reason);

    [LoggerMessage(44, LogLevel.Warning, "speak to node {NodeId}: {Reason}")]
    public static partial void BusFailed(this ILogger log, string nodeId, string reason);

    [LoggerMessage(46, LogLevel.Warning, "heartbeat of node {NodeId} refused: {Reason}")]
    public static partial void HeartbeatRefused(this ILogger log, string nodeId, string reason);

    [LoggerMessage(45, LogLevel.Error, "give jobs to nodes: {Reason}")]
    public static partial void DispatchFailed(this ILogger log, string reason);
}
