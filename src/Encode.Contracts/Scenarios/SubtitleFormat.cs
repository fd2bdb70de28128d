using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Scenarios;

/// <summary>The format of a subtitle track.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SubtitleFormat>))]
public enum SubtitleFormat
{
    /// <summary>SubRip text.</summary>
    Subrip,

    /// <summary>Advanced SubStation Alpha.</summary>
    Ass,

    /// <summary>Timed text of ISO media (3GPP TS 26.245).</summary>
    MovText,

    /// <summary>WebVTT.</summary>
    Webvtt,
}
