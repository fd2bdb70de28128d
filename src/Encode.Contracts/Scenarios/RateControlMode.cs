using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>How an encoder spends its bits.</summary>
[JsonConverter(typeof(SnakeCaseEnum<RateControlMode>))]
public enum RateControlMode
{
    /// <summary>An average bitrate with no buffer model.</summary>
    Abr,

    /// <summary>Constant quality.</summary>
    Crf,

    /// <summary>A bitrate with a peak, held by a VBV.</summary>
    Vbr,

    /// <summary>A constant bitrate, held by a VBV.</summary>
    Cbr,
}
