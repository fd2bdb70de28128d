using System.Net;
using Encode.Contracts.Jobs;
using Encode.Messaging.Processes;

namespace Encode.Master;

/// <summary>
/// Every line that the master's own code writes to its log. No line holds a key, a token or a query string. One declaration, because the
/// generator puts several in another order at each build, and the program must be the same bytes each time.
/// </summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Information, "master {Version} listens on {Address}{Others}")]
    public static partial void Listening(this ILogger log, string version, string address, string others);

    [LoggerMessage(2, LogLevel.Warning, "NO API KEY: everybody on this host and on its private networks may use this master. Served are loopback and private addresses only; Host must be an address or one of {Names}; pages of other sites, forwarded requests and bodies that are not JSON are refused; the broker listens on {BrokerAddress}. Give it keys with --api-key-file or {Variable}.")]
    public static partial void NoApiKey(this ILogger log, string names, string brokerAddress, string variable);

    [LoggerMessage(3, LogLevel.Information, "master stops: waits up to {Seconds} s for requests in flight")]
    public static partial void Stopping(this ILogger log, double seconds);

    [LoggerMessage(4, LogLevel.Information, "master stopped")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(5, LogLevel.Critical, "master stops: {Reason}")]
    public static partial void Fatal(this ILogger log, string reason);

    [LoggerMessage(6, LogLevel.Warning, "close {What}: {Reason}; the rest is closed all the same")]
    public static partial void CloseFailed(this ILogger log, string what, string reason);

    [LoggerMessage(7, LogLevel.Warning, "no --db: the database is in memory, and its jobs and files are lost when this master ends. Keep them with --db FILE.")]
    public static partial void DatabaseInMemory(this ILogger log);

    [LoggerMessage(8, LogLevel.Warning, "API keys travel in clear: without --tls whoever sees the network can use them. Add --tls, or bind to loopback behind a proxy that speaks TLS.")]
    public static partial void KeysInClear(this ILogger log);

    [LoggerMessage(9, LogLevel.Warning, "told to stop again: ends at once; requests in flight are cut")]
    public static partial void EndsAtOnce(this ILogger log);

    [LoggerMessage(17, LogLevel.Information, "master stops: told to while it started")]
    public static partial void StoppingEarly(this ILogger log);

    [LoggerMessage(10, LogLevel.Error, "request {Request} failed: {Method} {Path}")]
    public static partial void RequestFailed(this ILogger log, Exception error, string request, string method, PathString path);

    [LoggerMessage(11, LogLevel.Warning, "refused {Peer}: {Reason}")]
    public static partial void AccessRefused(this ILogger log, IPAddress? peer, string reason);

    [LoggerMessage(18, LogLevel.Warning, "refused {Peer} {Lines} times within a minute; more is counted as encode_http_refusals_total in /metrics and not logged before the next minute")]
    public static partial void RefusalsNotLogged(this ILogger log, IPAddress? peer, int lines);

    [LoggerMessage(12, LogLevel.Information, "job {Sequence} ({JobId}) submitted by {Caller}: {Scenario}")]
    public static partial void JobSubmitted(this ILogger log, long sequence, string jobId, string caller, string scenario);

    [LoggerMessage(13, LogLevel.Information, "job {Sequence} ({JobId}) attempt {Attempt} on node {NodeId}: canceled by {Caller}")]
    public static partial void JobCanceled(this ILogger log, long sequence, string jobId, int attempt, string nodeId, string caller);

    [LoggerMessage(16, LogLevel.Information, "job {Sequence} ({JobId}) attempt {Attempt} on node {NodeId}: {Verb} asked for by {Caller}")]
    public static partial void JobWished(this ILogger log, long sequence, string jobId, int attempt, string verb, string nodeId, string caller);

    [LoggerMessage(14, LogLevel.Information, "node {Name} ({NodeId}) registered: {Slots} slots")]
    public static partial void NodeRegistered(this ILogger log, string name, string nodeId, int slots);

    [LoggerMessage(15, LogLevel.Warning, "node name {Name} refused to {NodeId}: node {Holder} is alive under it")]
    public static partial void NodeNameTaken(this ILogger log, string name, string nodeId, string holder);

    [LoggerMessage(24, LogLevel.Information, "took up the new '{Path}': connections from now on meet it")]
    public static partial void CertificateReloaded(this ILogger log, string path);

    [LoggerMessage(25, LogLevel.Information, "read the API keys '{Path}' again: {Count} keys are good from now on")]
    public static partial void KeysReloaded(this ILogger log, string path, int count);

    [LoggerMessage(26, LogLevel.Error, "{Reason}; what was read before stays in use")]
    public static partial void NotReloaded(this ILogger log, string reason);

    [LoggerMessage(27, LogLevel.Warning, "{Warning}")]
    public static partial void FileWarning(this ILogger log, string warning);

    [LoggerMessage(28, LogLevel.Information, "told to read its files again (SIGHUP)")]
    public static partial void ReadsAgain(this ILogger log);

    [LoggerMessage(30, LogLevel.Information, "node {Name} ({NodeId}) {What}, says {Caller}")]
    public static partial void NodeDrained(this ILogger log, string name, string nodeId, string what, string caller);

    [LoggerMessage(31, LogLevel.Warning, "node {Name} ({NodeId}) removed by {Caller}: its key, its token and its own client certificates are refused from now on")]
    public static partial void NodeRemoved(this ILogger log, string name, string nodeId, string caller);

    [LoggerMessage(32, LogLevel.Warning, "registration of {Name} refused: node {NodeId} was removed")]
    public static partial void RemovedNodeRefused(this ILogger log, string name, string nodeId);

    [LoggerMessage(20, LogLevel.Information, "file {Name} received: {Bytes} bytes")]
    public static partial void FileReceived(this ILogger log, string name, long bytes);

    [LoggerMessage(21, LogLevel.Information, "file {Name} deleted by {Caller}")]
    public static partial void FileDeleted(this ILogger log, string name, string caller);

    [LoggerMessage(22, LogLevel.Information, "removed {Count} leftovers of interrupted uploads")]
    public static partial void LeftoversRemoved(this ILogger log, int count);

    [LoggerMessage(23, LogLevel.Warning, "tidy the files folder: {Reason}; tried again later")]
    public static partial void TidyFailed(this ILogger log, string reason);

    // What the dispatcher writes.
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

    // What the broker's host and the link to a cluster write.
    [LoggerMessage(3001, LogLevel.Information, "the broker listens at {Address}:{Port} ({Program}, process {ProcessId})")]
    public static partial void BrokerListening(this ILogger log, string address, int port, string program, int processId);

    [LoggerMessage(3002, LogLevel.Error, "the broker {Exit}; starting it again in {Milliseconds} ms")]
    public static partial void BrokerEnded(this ILogger log, ChildExit exit, double milliseconds);

    [LoggerMessage(3003, LogLevel.Error, "start the broker again: {Reason}; trying again in {Milliseconds} ms")]
    public static partial void CannotRestartBroker(this ILogger log, string reason, double milliseconds);

    [LoggerMessage(3004, LogLevel.Debug, "nats-server: {Line}")]
    public static partial void BrokerSays(this ILogger log, string line);

    [LoggerMessage(3006, LogLevel.Information, "the broker has read its configuration again")]
    public static partial void BrokerReloaded(this ILogger log);

    [LoggerMessage(3007, LogLevel.Warning, "the broker did not read its configuration again ({Reason}); it is ended and started with it")]
    public static partial void BrokerNotReloaded(this ILogger log, string reason);

    [LoggerMessage(3008, LogLevel.Information, "user {PublicKey} is revoked at the broker")]
    public static partial void BrokerRevoked(this ILogger log, string publicKey);

    [LoggerMessage(3009, LogLevel.Information, "the broker shows the certificate of {Subject}, good until {NotAfter:u}, from now on")]
    public static partial void BrokerCertificateReplaced(this ILogger log, string subject, DateTime notAfter);

    [LoggerMessage(3010, LogLevel.Information, "messages go over an external NATS at {Urls}, in account {Account}; nodes' users are signed with {SigningKey}")]
    public static partial void BrokerExternal(this ILogger log, string urls, string account, string signingKey);

    [LoggerMessage(3011, LogLevel.Information, "the credentials of --nats-creds end at {End:u}; replace the file before, it is read at each connect")]
    public static partial void BrokerCredentialsEnd(this ILogger log, DateTimeOffset end);

    [LoggerMessage(3012, LogLevel.Warning, "{Problem}; the credentials that were read before stay in use")]
    public static partial void BrokerOldCredentials(this ILogger log, string problem);

    [LoggerMessage(3013, LogLevel.Warning, "a removed node's user {PublicKey} may use the cluster for up to {Minutes} minutes more: its operator must revoke it in account {Account} (nsc revocations add-user --user-public-key {PublicKey}, then nsc push)")]
    public static partial void RevokeAtCluster(this ILogger log, string publicKey, string account, double minutes);

    [LoggerMessage(3014, LogLevel.Error, "the cluster lets the master in and refuses users signed with {SigningKey}: is --nats-signing-key a signing key of account {Account}, and none with a scope of its own? no agent can connect")]
    public static partial void SigningKeyRefused(this ILogger log, string signingKey, string account);

    [LoggerMessage(3005, LogLevel.Warning, "nats-server: {Line}")]
    public static partial void BrokerWarns(this ILogger log, string line);
}
