using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>What happens when the chosen hardware encoder is not to be had.</summary>
[JsonConverter(typeof(SnakeCaseEnum<EncoderFallback>))]
public enum EncoderFallback
{
    /// <summary>Encode on the CPU instead.</summary>
    Software,

    /// <summary>Fail with class capability.</summary>
    None,
}
