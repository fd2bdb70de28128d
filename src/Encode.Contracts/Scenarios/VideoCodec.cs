using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>The coding format of a video rendition.</summary>
[JsonConverter(typeof(SnakeCaseEnum<VideoCodec>))]
public enum VideoCodec
{
    /// <summary>H.264 / AVC (ITU-T H.264).</summary>
    H264,

    /// <summary>H.265 / HEVC (ITU-T H.265).</summary>
    Hevc,

    /// <summary>AV1 (AOMedia AV1 Bitstream Specification).</summary>
    Av1,
}
