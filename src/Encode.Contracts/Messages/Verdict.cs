using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Messages;

/// <summary>The master's answer about an attempt that an agent claims to hold.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Verdict>))]
public enum Verdict
{
    /// <summary>The row carries this token; go on.</summary>
    Accepted,

    /// <summary>Another attempt owns the job; stop, and delete your own temporary files.</summary>
    Drop,

    /// <summary>The master cannot answer now; ask again.</summary>
    Retry,
}
