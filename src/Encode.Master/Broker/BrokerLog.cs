using Encode.Messaging.Processes;

namespace Encode.Master.Broker;

/// <summary>Every line that the broker's host logs.</summary>
internal static partial class BrokerLog
{
    [LoggerMessage(3001, LogLevel.Information, "the broker listens at {Address}:{Port} ({Program}, process {ProcessId})")]
    public static partial void Listening(ILogger logger, string address, int port, string program, int processId);

    [LoggerMessage(3002, LogLevel.Error, "the broker {Exit}; starting it again in {Milliseconds} ms")]
    public static partial void Ended(ILogger logger, ChildExit exit, double milliseconds);

    [LoggerMessage(3003, LogLevel.Error, "start the broker again: {Reason}; trying again in {Milliseconds} ms")]
    public static partial void CannotRestart(ILogger logger, string reason, double milliseconds);

    [LoggerMessage(3004, LogLevel.Debug, "nats-server: {Line}")]
    public static partial void Says(ILogger logger, string line);

    [LoggerMessage(3006, LogLevel.Information, "the broker has read its configuration again")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(3007, LogLevel.Warning, "the broker did not read its configuration again ({Reason}); it is ended and started with it")]
    public static partial void NotReloaded(ILogger logger, string reason);

    [LoggerMessage(3008, LogLevel.Information, "user {PublicKey} is revoked at the broker")]
    public static partial void Revoked(ILogger logger, string publicKey);

    [LoggerMessage(3009, LogLevel.Information, "the broker shows the certificate of {Subject}, good until {NotAfter:u}, from now on")]
    public static partial void CertificateReplaced(ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(3005, LogLevel.Warning, "nats-server: {Line}")]
    public static partial void Warns(ILogger logger, string line);
}
