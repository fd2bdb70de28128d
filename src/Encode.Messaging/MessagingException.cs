namespace Encode.Messaging;

/// <summary>
/// Something about keys, certificates, the broker or a child process cannot be used. The message is one sentence for the user:
/// the operation, the object and a hint.
/// </summary>
public sealed class MessagingException : Exception
{
    /// <summary>Creates the exception from its one sentence.</summary>
    public MessagingException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception from its one sentence and what caused it.</summary>
    public MessagingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
