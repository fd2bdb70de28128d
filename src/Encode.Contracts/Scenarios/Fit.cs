using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>How a picture whose shape differs from its box is placed.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Fit>))]
public enum Fit
{
    /// <summary>Fits inside the box; the output takes the picture's shape.</summary>
    Contain,

    /// <summary>Fits inside the box; black bars fill the rest.</summary>
    Pad,

    /// <summary>Fills the box; what stands out is cut off.</summary>
    Crop,
}
