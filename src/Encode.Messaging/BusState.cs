namespace Encode.Messaging;

/// <summary>Whether a connection to the broker stands.</summary>
public enum BusState
{
    /// <summary>Not yet, or not any more; it is being tried again.</summary>
    Disconnected,

    /// <summary>Messages flow.</summary>
    Connected,

    /// <summary>It was disposed.</summary>
    Closed,
}
