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

    /// <summary>Pictures of Blu-ray discs (presentation graphics).</summary>
    Pgs,

    /// <summary>Pictures of DVDs.</summary>
    Dvd,

    /// <summary>Pictures of DVB broadcasts (ETSI EN 300 743).</summary>
    Dvb,
}
