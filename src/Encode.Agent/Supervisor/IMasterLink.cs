using Encode.Contracts.Messages;

namespace Encode.Agent.Supervisor;

/// <summary>What attempts tell the master. Real: the broker. In tests: a master in the same process.</summary>
internal interface IMasterLink
{
    /// <summary>How far an attempt is; may be lost.</summary>
    Task SendProgressAsync(ProgressMessage progress, CancellationToken cancel);

    /// <summary>An attempt ended; null when nobody answered.</summary>
    Task<AttemptReply?> SendResultAsync(ResultMessage result, CancellationToken cancel);

    /// <summary>An output stands under its name, or cannot; null when nobody answered.</summary>
    Task<AttemptReply?> SendPublishedAsync(PublishedMessage published, CancellationToken cancel);
}
