using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>How a subtitle track reaches an output.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SubtitleMode>))]
public enum SubtitleMode
{
    /// <summary>As it is; left out of an output, with a note, whose container cannot hold its format.</summary>
    Copy,

    /// <summary>As it is where the container holds its format, else as the container's own text format. Pictures are never turned into text.</summary>
    Convert,
}
