using Encode.Contracts.Messages;

namespace Encode.Master.Api;

/// <summary>Bounds on what a request may be; <see cref="ConnectionLimits"/> are those on how long it may take.</summary>
public static class HttpLimits
{
    /// <summary>Largest body of any route but the files' and the jobs', in bytes: what a node says over NATS it may say here.</summary>
    public const int BodyBytes = MessageLimits.PayloadBytes;

    /// <summary>Bytes of a refused body that are read and thrown away, so that its sender gets to read why it was refused.</summary>
    public const int DrainBytes = 64 << 20;

    /// <summary>How long that may take.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    /// <summary>Header bytes of a request: a key, a range and what curl adds are under two kilobytes.</summary>
    public const int HeaderBytes = 32 * 1024;

    /// <summary>How long a TLS handshake may take.</summary>
    public static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(10);

    /// <summary>How long <c>/health</c> waits for the database.</summary>
    public static readonly TimeSpan HealthTime = TimeSpan.FromSeconds(2);

    /// <summary>Characters of an idempotency key.</summary>
    public const int IdempotencyKeyChars = 255;
}
