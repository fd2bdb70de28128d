using Encode.Contracts.Messages;

namespace Encode.Messaging;

/// <summary>
/// What users of the broker may do. A node hears the offers and control messages that are meant for it and its own inbox, may
/// answer what it was asked, and speaks on its own four subjects. The master speaks and hears the other side of the same.
/// </summary>
internal static class UserJwt
{
    /// <summary>How long a node may answer a request; far beyond any timeout that the master uses.</summary>
    private static readonly TimeSpan s_responseWindow = TimeSpan.FromMinutes(2);

    /// <summary>Subscriptions a node may have: offer, control, inbox, and room for those that overlap while it reconnects.</summary>
    private const int NodeSubscriptions = 16;

    /// <summary>Nanoseconds of a tick.</summary>
    private const long NanosecondsPerTick = 100;

    public static UserClaims ForNode(string nodeId, string? issuerAccount) => new()
    {
        Pub = new SubjectRule([Subjects.Heartbeat(nodeId), Subjects.Progress(nodeId), Subjects.Result(nodeId), Subjects.Published(nodeId)]),
        Sub = new SubjectRule([Subjects.Offer(nodeId), Subjects.Control(nodeId), $"{Inbox.Of(nodeId)}.>"]),
        Resp = new ResponseRule(Max: 1, s_responseWindow.Ticks * NanosecondsPerTick),
        Subs = NodeSubscriptions,
        Payload = MessageLimits.PayloadBytes,
        IssuerAccount = issuerAccount,
    };

    public static UserClaims ForMaster(string? issuerAccount) => new()
    {
        Pub = new SubjectRule([Subjects.Offer("*"), Subjects.Control("*"), $"{Inbox.Root}.*.>"]),
        Sub = new SubjectRule(
            [Subjects.Heartbeat("*"), Subjects.Progress("*"), Subjects.Result("*"), Subjects.Published("*"), $"{Inbox.Of(Inbox.Master)}.>"]),
        IssuerAccount = issuerAccount,
    };
}
