using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>What becomes of a source whose transfer is PQ or HLG (SMPTE ST 2084, ARIB STD-B67).</summary>
[JsonConverter(typeof(SnakeCaseEnum<HdrHandling>))]
public enum HdrHandling
{
    /// <summary>Carried where the output has 10 bit, tone-mapped where it has 8.</summary>
    Auto,

    /// <summary>Carried; an 8 bit output is an error of the settings.</summary>
    Keep,

    /// <summary>Tone-mapped to BT.709.</summary>
    ToSdr,
}
