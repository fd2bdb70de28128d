using System.Collections.Frozen;

namespace Encode.Contracts.Scenarios;

/// <summary>
/// The one table of what a container can hold. Asked when a job is submitted, so that no host spends hours on packets that its
/// muxer then refuses.
/// </summary>
public static class Compatibility
{
    private sealed record Row(VideoCodec[] Video, AudioCodec[] Audio, SubtitleFormat[] Subtitles);

    // Mp4 and Cmaf: ISO/IEC 14496-15 and the AV1 and Opus bindings to ISO media. Webm: its guidelines allow VP8, VP9 and AV1
    // with Vorbis or Opus. Ts: AV1 has only a draft mapping that few players read. Copied sound is checked by the agent, which sees it.
    private static readonly FrozenDictionary<Container, Row> Rows = new Dictionary<Container, Row>
    {
        [Container.Mp4] = new([VideoCodec.H264, VideoCodec.Hevc, VideoCodec.Av1], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.MovText]),
        [Container.Mkv] = new([VideoCodec.H264, VideoCodec.Hevc, VideoCodec.Av1], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.Subrip, SubtitleFormat.Ass, SubtitleFormat.Webvtt]),
        [Container.Webm] = new([VideoCodec.Av1], [AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.Webvtt]),
        [Container.Ts] = new([VideoCodec.H264, VideoCodec.Hevc], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], []),
        [Container.Cmaf] = new([VideoCodec.H264, VideoCodec.Hevc, VideoCodec.Av1], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.Webvtt]),
    }.ToFrozenDictionary();

    /// <summary>Whether a container holds a video codec.</summary>
    public static bool Holds(Container container, VideoCodec codec) => Rows[container].Video.Contains(codec);

    /// <summary>Whether a container holds an audio codec.</summary>
    public static bool Holds(Container container, AudioCodec codec) => Rows[container].Audio.Contains(codec);

    /// <summary>Whether a container holds a subtitle format.</summary>
    public static bool Holds(Container container, SubtitleFormat format) => Rows[container].Subtitles.Contains(format);

    /// <summary>Whether a container holds subtitles at all.</summary>
    public static bool HoldsSubtitles(Container container) => Rows[container].Subtitles.Length > 0;
}
