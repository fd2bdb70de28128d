using Encode.Contracts.Jobs;
using Microsoft.Extensions.Logging;

namespace Encode.Agent;

/// <summary>Every line that the agent logs. Never a query string, a key or a token.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Information, "agent {Version} starts: node {NodeId} ({Name}), {Slots} slots of {Threads} threads, isolation {Isolation}, work in {Work}", EventName = "agent_starts")]
    internal static partial void AgentStarts(this ILogger log, string version, string nodeId, string name, int slots, int threads, string isolation, string work);

    [LoggerMessage(2, LogLevel.Information, "registered with {Master} as {NodeId}; leases last {LeaseSeconds} s", EventName = "registered")]
    internal static partial void Registered(this ILogger log, string master, string nodeId, double leaseSeconds);

    [LoggerMessage(3, LogLevel.Warning, "the master does not answer ({Reason}); the agent keeps trying", EventName = "master_away")]
    internal static partial void MasterAway(this ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Information, "the master answers again", EventName = "master_back")]
    internal static partial void MasterBack(this ILogger log);

    [LoggerMessage(5, LogLevel.Warning, "the broker is {State}; running work goes on and leases are renewed over HTTPS", EventName = "broker_state")]
    internal static partial void BrokerState(this ILogger log, string state);

    [LoggerMessage(6, LogLevel.Information, "the broker is connected", EventName = "broker_connected")]
    internal static partial void BrokerConnected(this ILogger log);

    [LoggerMessage(7, LogLevel.Information, "took up the new '{Path}': connections from now on use it", EventName = "certificate_reloaded")]
    internal static partial void CertificateReloaded(this ILogger log, string path);

    [LoggerMessage(8, LogLevel.Error, "{Reason}; what was read before stays in use", EventName = "not_reloaded")]
    internal static partial void NotReloaded(this ILogger log, string reason);

    [LoggerMessage(9, LogLevel.Warning, "{Warning}", EventName = "file_warning")]
    internal static partial void FileWarning(this ILogger log, string warning);

    [LoggerMessage(18, LogLevel.Information, "told to read its files again (SIGHUP)", EventName = "reads_again")]
    internal static partial void ReadsAgain(this ILogger log);

    [LoggerMessage(19, LogLevel.Information, "the broker's JWT is renewed", EventName = "jwt_renewed")]
    internal static partial void JwtRenewed(this ILogger log);

    [LoggerMessage(22, LogLevel.Warning, "no offers were heard for {Seconds} s: registering again, since the broker may have moved", EventName = "broker_out")]
    internal static partial void BrokerOut(this ILogger log, double seconds);

    [LoggerMessage(23, LogLevel.Warning, "the master did not register this node ({Reason}); the agent keeps trying", EventName = "not_registered")]
    internal static partial void NotRegistered(this ILogger log, string reason);

    [LoggerMessage(24, LogLevel.Information, "took up the new '{Path}': registrations from now on use its key", EventName = "key_reloaded")]
    internal static partial void KeyReloaded(this ILogger log, string path);

    [LoggerMessage(10, LogLevel.Information, "job {JobId} (#{Sequence}) attempt {Attempt} taken: {Scenario}, {Input} -> {Output}", EventName = "job_taken")]
    internal static partial void JobTaken(this ILogger log, string jobId, long sequence, int attempt, string scenario, string input, string output);

    [LoggerMessage(11, LogLevel.Information, "job {JobId} attempt {Attempt} done: {Frames} frames at {FramesPerSecond:0.#} fps, first frame after {FirstFrameMilliseconds:0} ms", EventName = "job_done")]
    internal static partial void JobDone(this ILogger log, string jobId, int attempt, long frames, double framesPerSecond, double firstFrameMilliseconds);

    [LoggerMessage(12, LogLevel.Warning, "job {JobId} attempt {Attempt} failed ({Class}): {Message}", EventName = "job_failed")]
    internal static partial void JobFailed(this ILogger log, string jobId, int attempt, ErrorClass @class, string message);

    [LoggerMessage(13, LogLevel.Information, "job {JobId} attempt {Attempt} stopped: {Cause}", EventName = "job_stopped")]
    internal static partial void JobStopped(this ILogger log, string jobId, int attempt, string cause);

    [LoggerMessage(14, LogLevel.Warning, "job {JobId} attempt {Attempt}: the master does not want it any more ({Reason}); its files are deleted", EventName = "job_dropped")]
    internal static partial void JobDropped(this ILogger log, string jobId, int attempt, string reason);

    [LoggerMessage(15, LogLevel.Information, "job {JobId} attempt {Attempt} was left by an earlier run: {Action}", EventName = "job_recovered")]
    internal static partial void JobRecovered(this ILogger log, string jobId, int attempt, string action);

    [LoggerMessage(16, LogLevel.Warning, "job {JobId} attempt {Attempt} cannot be cleaned up: {Reason}", EventName = "cleanup_failed")]
    internal static partial void CleanupFailed(this ILogger log, string jobId, int attempt, string reason);

    [LoggerMessage(17, LogLevel.Warning, "job {JobId} attempt {Attempt} is published without a note of it in the journal ({Reason})", EventName = "not_noted")]
    internal static partial void NotNoted(this ILogger log, string jobId, int attempt, string reason);

    [LoggerMessage(18, LogLevel.Information, "job {JobId} attempt {Attempt} stands still; {Seconds:0.###} s of it are kept", EventName = "job_paused")]
    internal static partial void JobPaused(this ILogger log, string jobId, int attempt, double seconds);

    [LoggerMessage(19, LogLevel.Information, "job {JobId} attempt {Attempt} goes on", EventName = "job_resumed")]
    internal static partial void JobResumed(this ILogger log, string jobId, int attempt);

    [LoggerMessage(26, LogLevel.Warning, "job {JobId} attempt {Attempt}: {Reason}; {Next}", EventName = "cell_followed")]
    internal static partial void CellFollowed(this ILogger log, string jobId, int attempt, string reason, string next);

    [LoggerMessage(27, LogLevel.Warning, "the journal's {Path} cannot be read: it is of another version, or damaged; its job is not gone on with", EventName = "journal_set_aside")]
    internal static partial void JournalSetAside(this ILogger log, string path);

    [LoggerMessage(40, LogLevel.Warning, "the journal's {Path} is skipped: {Reason}; what belongs to it in --work stays until a start that can read it, look at its owner and the disk", EventName = "journal_skipped")]
    internal static partial void JournalSkipped(this ILogger log, string path, string reason);

    [LoggerMessage(41, LogLevel.Warning, "{Name} is set aside and takes {Bytes} bytes of --work; start the version that wrote it, or delete attempts/{Name}.json.bad and start the agent again. The first start after {Days} days deletes it", EventName = "set_aside_kept")]
    internal static partial void SetAsideKept(this ILogger log, string name, long bytes, double days);

    [LoggerMessage(28, LogLevel.Information, "{Count} unfinished outputs that no job knows are deleted from --work", EventName = "outputs_swept")]
    internal static partial void OutputsSwept(this ILogger log, int count);

    [LoggerMessage(29, LogLevel.Warning, "unfinished outputs in --work cannot be deleted: {Reason}", EventName = "outputs_not_swept")]
    internal static partial void OutputsNotSwept(this ILogger log, string reason);

    [LoggerMessage(33, LogLevel.Information, "job {JobId} attempt {Attempt} takes over what attempt {Left} had encoded", EventName = "segments_taken_over")]
    internal static partial void SegmentsTakenOver(this ILogger log, string jobId, int attempt, int left);

    [LoggerMessage(34, LogLevel.Warning, "job {JobId} attempt {Attempt}: {Reason}; what was encoded before is thrown away", EventName = "segments_thrown_away")]
    internal static partial void SegmentsThrownAway(this ILogger log, string jobId, int attempt, string reason);

    [LoggerMessage(37, LogLevel.Warning, "job {JobId} attempt {Attempt} begins anew: {Path} cannot be taken over ({Reason})", EventName = "segments_not_taken_over")]
    internal static partial void SegmentsNotTakenOver(this ILogger log, string jobId, int attempt, string path, string reason);

    [LoggerMessage(38, LogLevel.Warning, "{Path} cannot be read ({Reason}): what an earlier run had encoded is not gone on with", EventName = "segments_not_read")]
    internal static partial void SegmentsNotRead(this ILogger log, string path, string reason);

    [LoggerMessage(39, LogLevel.Information, "{Path}, encoded by an attempt that was interrupted, is deleted: {Reason}", EventName = "segments_given_up")]
    internal static partial void SegmentsGivenUp(this ILogger log, string path, string reason);

    [LoggerMessage(35, LogLevel.Information, "{Path} is none of this agent's and is left there", EventName = "segments_unknown")]
    internal static partial void SegmentsUnknown(this ILogger log, string path);

    [LoggerMessage(36, LogLevel.Warning, "{Path} holds encoded pictures that nobody needs and cannot be deleted: {Reason}", EventName = "segments_not_deleted")]
    internal static partial void SegmentsNotDeleted(this ILogger log, string path, string reason);

    [LoggerMessage(20, LogLevel.Error, "{Reason}; trying again in {Seconds} s", EventName = "cell_not_started")]
    internal static partial void CellNotStarted(this ILogger log, string reason, double seconds);

    [LoggerMessage(30, LogLevel.Information, "told to stop: {Running} jobs may end within {Seconds} s", EventName = "draining")]
    internal static partial void Draining(this ILogger log, int running, double seconds);

    [LoggerMessage(31, LogLevel.Information, "stopped; {HandedBack} jobs handed back", EventName = "stopped")]
    internal static partial void Stopped(this ILogger log, int handedBack);

    [LoggerMessage(32, LogLevel.Information, "the master asks this node to {Wish}", EventName = "node_wish")]
    internal static partial void NodeWish(this ILogger log, string wish);
}
