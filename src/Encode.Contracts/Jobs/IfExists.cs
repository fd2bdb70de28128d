using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Jobs;

/// <summary>What happens when an output's name is taken.</summary>
[JsonConverter(typeof(SnakeCaseEnum<IfExists>))]
public enum IfExists
{
    /// <summary>The job fails; what stands there stays.</summary>
    Fail,

    /// <summary>The finished output takes its place in one rename.</summary>
    Replace,
}
