using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Messages;

/// <summary>How an attempt ended.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Outcome>))]
public enum Outcome
{
    /// <summary>The output is complete and checked.</summary>
    Succeeded,

    /// <summary>An error ended it.</summary>
    Failed,

    /// <summary>A control message ended it.</summary>
    Canceled,

    /// <summary>It ran longer than it was allowed to.</summary>
    TimedOut,
}
