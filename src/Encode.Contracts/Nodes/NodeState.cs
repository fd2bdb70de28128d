using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Nodes;

/// <summary>Where a node stands.</summary>
[JsonConverter(typeof(SnakeCaseEnum<NodeState>))]
public enum NodeState
{
    /// <summary>It answers and takes work.</summary>
    Online,

    /// <summary>It finishes what it has and takes no more.</summary>
    Draining,

    /// <summary>Three heartbeats were missed.</summary>
    Offline,
}
