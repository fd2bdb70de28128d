using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>How a subtitle track reaches an output.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SubtitleMode>))]
public enum SubtitleMode
{
    /// <summary>As it is; left out, with a note, where the container cannot hold its format.</summary>
    Copy,

    /// <summary>As it is where the container holds its format, else as the container's own text format.</summary>
    Convert,
}
