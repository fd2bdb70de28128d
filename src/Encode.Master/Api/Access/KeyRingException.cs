namespace Encode.Master.Api.Access;

/// <summary>API keys cannot be read. The message is one sentence for the user, and repeats no key.</summary>
public sealed class KeyRingException(string message) : Exception(message);
