namespace Encode.Master.Files;

/// <summary>Content could not be kept. The message is one sentence for the user: operation, object, hint.</summary>
public sealed class ContentException(ContentFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of fault.</summary>
    public ContentFault Fault { get; } = fault;
}
