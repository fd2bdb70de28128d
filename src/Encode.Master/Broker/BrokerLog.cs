using Encode.Messaging.Processes;

namespace Encode.Master.Broker;

/// <summary>Every line that the broker's host logs.</summary>
internal static partial class BrokerLog
{
    [LoggerMessage(3001, LogLevel.Information, "the broker listens at {Address}:{Port}{Tls} ({Program}, process {ProcessId})")]
    public static partial void Listening(ILogger logger, string address, int port, string tls, string program, int processId);

    [LoggerMessage(3002, LogLevel.Error, "the broker {Exit}; starting it again in {Milliseconds} ms")]
    public static partial void Ended(ILogger logger, ChildExit exit, double milliseconds);

    [LoggerMessage(3003, LogLevel.Error, "start the broker again: {Reason}; trying again in {Milliseconds} ms")]
    public static partial void CannotRestart(ILogger logger, string reason, double milliseconds);

    [LoggerMessage(3004, LogLevel.Debug, "nats-server: {Line}")]
    public static partial void Says(ILogger logger, string line);

    [LoggerMessage(3005, LogLevel.Warning, "nats-server: {Line}")]
    public static partial void Warns(ILogger logger, string line);
}
