using System.Net;

namespace Encode.Master;

/// <summary>Every line that the master's own code writes to its log. No line holds a key, a token or a query string.</summary>
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

    [LoggerMessage(11, LogLevel.Information, "refused a request from {Peer}: {Reason}")]
    public static partial void AccessRefused(this ILogger log, IPAddress? peer, string reason);

    [LoggerMessage(12, LogLevel.Information, "job {Sequence} ({JobId}) submitted by {Caller}: {Scenario}")]
    public static partial void JobSubmitted(this ILogger log, long sequence, string jobId, string caller, string scenario);

    [LoggerMessage(13, LogLevel.Information, "job {Sequence} ({JobId}) canceled by {Caller}")]
    public static partial void JobCanceled(this ILogger log, long sequence, string jobId, string caller);

    [LoggerMessage(14, LogLevel.Information, "node {Name} ({NodeId}) registered: {Slots} slots")]
    public static partial void NodeRegistered(this ILogger log, string name, string nodeId, int slots);

    [LoggerMessage(15, LogLevel.Warning, "node name {Name} refused to {NodeId}: node {Holder} is alive under it")]
    public static partial void NodeNameTaken(this ILogger log, string name, string nodeId, string holder);

    [LoggerMessage(20, LogLevel.Information, "file {Name} received: {Bytes} bytes")]
    public static partial void FileReceived(this ILogger log, string name, long bytes);

    [LoggerMessage(21, LogLevel.Information, "file {Name} deleted by {Caller}")]
    public static partial void FileDeleted(this ILogger log, string name, string caller);

    [LoggerMessage(22, LogLevel.Information, "removed {Count} leftovers of interrupted uploads")]
    public static partial void LeftoversRemoved(this ILogger log, int count);

    [LoggerMessage(23, LogLevel.Warning, "tidy the files folder: {Reason}; tried again later")]
    public static partial void TidyFailed(this ILogger log, string reason);
}
