namespace Encode.Master.Api;

/// <summary>The API cannot listen where it was told to. The message is one sentence for the user.</summary>
public sealed class ListenException(string message, Exception inner) : Exception(message, inner);
