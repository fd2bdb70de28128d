using Microsoft.Extensions.Logging;

namespace Encode.Messaging;

/// <summary>Every line that this project logs.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "{Name} is connected to the broker at {Urls}")]
    public static partial void Connected(ILogger logger, string name, string urls);

    [LoggerMessage(2002, LogLevel.Warning, "{Name} lost the broker; connecting again")]
    public static partial void Disconnected(ILogger logger, string name);

    [LoggerMessage(2003, LogLevel.Warning, "connect to the broker at {Urls}: {Reason}; trying again")]
    public static partial void CannotConnect(ILogger logger, string urls, string reason);

    [LoggerMessage(2004, LogLevel.Warning, "the broker says: {Error}")]
    public static partial void ServerError(ILogger logger, string error);

    [LoggerMessage(2005, LogLevel.Warning, "messages on {Subject} come faster than they are handled; the newest are dropped and counted")]
    public static partial void Dropped(ILogger logger, string subject);

    [LoggerMessage(2006, LogLevel.Warning, "ignored a message on {Subject}: {Reason}")]
    public static partial void Malformed(ILogger logger, string subject, string reason);

    [LoggerMessage(2007, LogLevel.Error, "handle a message on {Subject}")]
    public static partial void HandlerFailed(ILogger logger, string subject, Exception exception);
}
