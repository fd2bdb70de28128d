namespace Encode.Messaging;

/// <summary>Where answers go: every user has a prefix of its own, so that permissions can keep others out.</summary>
internal static class Inbox
{
    public const string Root = "_INBOX";

    /// <summary>The master's part of the prefix. Node ids start with n and 20 hex digits, so it can never be one.</summary>
    public const string Master = "master";

    public static string Of(string user) => $"{Root}.{user}";
}
