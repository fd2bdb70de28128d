using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Jobs;

/// <summary>Order of jobs within one queue.</summary>
[JsonConverter(typeof(SnakeCaseEnum<JobPriority>))]
public enum JobPriority
{
    /// <summary>First.</summary>
    High,

    /// <summary>As they come.</summary>
    Medium,

    /// <summary>Last.</summary>
    Low,
}
