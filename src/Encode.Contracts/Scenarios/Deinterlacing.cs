using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>What becomes of a source whose pictures are made of two fields.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Deinterlacing>))]
public enum Deinterlacing
{
    /// <summary>Whole pictures are made of fields: one a field where the output's rate is at least the field rate, else one a frame.</summary>
    Auto,

    /// <summary>The fields stay as they are, combed.</summary>
    Off,
}
