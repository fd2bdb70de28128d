using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Messages;

/// <summary>What a control message asks of an agent.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ControlKind>))]
public enum ControlKind
{
    /// <summary>Stop this attempt and delete what it wrote.</summary>
    Cancel,

    /// <summary>Let this attempt stand still.</summary>
    Pause,

    /// <summary>Let a paused attempt go on.</summary>
    Resume,

    /// <summary>Take no more work.</summary>
    Drain,
}
