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

    [LoggerMessage(3010, LogLevel.Information, "messages go over an external NATS at {Urls}, in account {Account}; nodes' users are signed with {SigningKey}")]
    public static partial void External(ILogger logger, string urls, string account, string signingKey);

    [LoggerMessage(3011, LogLevel.Information, "the credentials of --nats-creds end at {End:u}; replace the file before, it is read at each connect")]
    public static partial void CredentialsEnd(ILogger logger, DateTimeOffset end);

    [LoggerMessage(3012, LogLevel.Warning, "{Problem}; the credentials that were read before stay in use")]
    public static partial void OldCredentials(ILogger logger, string problem);

    [LoggerMessage(3013, LogLevel.Warning, "a removed node's user {PublicKey} may use the cluster for up to {Minutes} minutes more: its operator must revoke it in account {Account} (nsc revocations add-user --user-public-key {PublicKey}, then nsc push)")]
    public static partial void RevokeThere(ILogger logger, string publicKey, string account, double minutes);

    [LoggerMessage(3014, LogLevel.Error, "the cluster lets the master in and refuses users signed with {SigningKey}: is --nats-signing-key a signing key of account {Account}, and none with a scope of its own? no agent can connect")]
    public static partial void SigningKeyRefused(ILogger logger, string signingKey, string account);

    [LoggerMessage(3005, LogLevel.Warning, "nats-server: {Line}")]
    public static partial void Warns(ILogger logger, string line);
}
