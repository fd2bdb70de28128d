namespace Encode.Contracts.Messages;

/// <summary>The master's answer to <c>result</c> and <c>published</c>.</summary>
/// <param name="Verdict">Accepted, drop, or retry.</param>
/// <param name="Reason">Why, when it is not accepted.</param>
public sealed record AttemptReply(Verdict Verdict, string? Reason = null);
