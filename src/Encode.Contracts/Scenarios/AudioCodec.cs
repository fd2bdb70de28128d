using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>The coding format of an audio rendition.</summary>
[JsonConverter(typeof(SnakeCaseEnum<AudioCodec>))]
public enum AudioCodec
{
    /// <summary>AAC-LC (ISO/IEC 14496-3).</summary>
    Aac,

    /// <summary>Opus (RFC 6716).</summary>
    Opus,

    /// <summary>The source's packets, unchanged.</summary>
    Copy,
}
