namespace Encode.Contracts.Messages;

/// <summary>Bounds on what travels between master and agents.</summary>
public static class MessageLimits
{
    /// <summary>What offers, results and the journal look like, as a number: raised when an older side would misread them.</summary>
    public const int Protocol = 1;

    /// <summary>Largest NATS payload in bytes: NATS's own default, enough for a result with its log.</summary>
    public const int PayloadBytes = 1 << 20;

    /// <summary>Log lines that a result carries.</summary>
    public const int LogLines = 200;

    /// <summary>Characters of a log line; longer ones are cut.</summary>
    public const int LogLineChars = 1000;

    /// <summary>Jobs at once on one node: more than any host has cores for.</summary>
    public const int Slots = 256;

    /// <summary>Attempts that one heartbeat may name: those in slots, and more that upload or wait to be published.</summary>
    public const int HeldAttempts = 1024;

    /// <summary>Heartbeats that a lease lasts, and that a node may miss before it is offline.</summary>
    public const int LeaseHeartbeats = 3;

    /// <summary>
    /// Shortest lease in seconds, whatever the heartbeats: longer than a master with its broker takes to start again on a busy host,
    /// because an agent whose lease ends meanwhile throws away an encode that was well.
    /// </summary>
    public const double LeastLeaseSeconds = 30;

    /// <summary>How much earlier than its lease an agent stops its own work, in seconds, when the lease is long enough.</summary>
    public const double LeaseMarginSeconds = 10;

    /// <summary>Shortest time between two progress messages of an attempt, in milliseconds.</summary>
    public const int ProgressIntervalMilliseconds = 500;
}
