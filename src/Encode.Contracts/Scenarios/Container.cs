using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>The file format of an output.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Container>))]
public enum Container
{
    /// <summary>ISO base media, index first (faststart).</summary>
    Mp4,

    /// <summary>Matroska.</summary>
    Mkv,

    /// <summary>WebM.</summary>
    Webm,

    /// <summary>MPEG-2 transport stream.</summary>
    Ts,

    /// <summary>Fragmented ISO media with HLS and DASH manifests.</summary>
    Cmaf,
}
