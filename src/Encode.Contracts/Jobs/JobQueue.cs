using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Jobs;

/// <summary>The line that a job waits in. Lines are served in this order.</summary>
[JsonConverter(typeof(SnakeCaseEnum<JobQueue>))]
public enum JobQueue
{
    /// <summary>Somebody waits for it now.</summary>
    Live,

    /// <summary>Ordinary work.</summary>
    Default,

    /// <summary>Whatever time is left over.</summary>
    Batch,
}
