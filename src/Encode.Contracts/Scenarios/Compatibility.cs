using System.Collections.Frozen;

namespace Encode.Contracts.Scenarios;

/// <summary>
/// The one table of what a container can hold. Asked when a job is submitted, so that no host spends hours on packets that its
/// muxer then refuses.
/// </summary>
public static class Compatibility
{
    /// <param name="Video">Pictures.</param>
    /// <param name="Audio">Sound.</param>
    /// <param name="Subtitles">Subtitles. The first text format is what others are converted to.</param>
    private sealed record Row(VideoCodec[] Video, AudioCodec[] Audio, SubtitleFormat[] Subtitles);

    // Mp4 and Cmaf: ISO/IEC 14496-15 and the AV1 and Opus bindings to ISO media. Webm: its guidelines allow VP8, VP9 and AV1
    // with Vorbis or Opus. Ts: AV1 has only a draft mapping that few players read, and of text only teletext, which has no encoder. Copied sound and
    // subtitles are checked by the agent, which sees them.
    private static readonly FrozenDictionary<Container, Row> Rows = new Dictionary<Container, Row>
    {
        [Container.Mp4] = new([VideoCodec.H264, VideoCodec.Hevc, VideoCodec.Av1], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.MovText]),
        [Container.Mkv] = new([VideoCodec.H264, VideoCodec.Hevc, VideoCodec.Av1], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.Subrip, SubtitleFormat.Ass, SubtitleFormat.Webvtt, SubtitleFormat.Pgs, SubtitleFormat.Dvd, SubtitleFormat.Dvb]),
        [Container.Webm] = new([VideoCodec.Av1], [AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.Webvtt]),
        [Container.Ts] = new([VideoCodec.H264, VideoCodec.Hevc], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.Dvb]),
        [Container.Cmaf] = new([VideoCodec.H264, VideoCodec.Hevc, VideoCodec.Av1], [AudioCodec.Aac, AudioCodec.Opus, AudioCodec.Copy], [SubtitleFormat.Webvtt]),
    }.ToFrozenDictionary();

    /// <summary>Whether a container holds a video codec.</summary>
    public static bool Holds(Container container, VideoCodec codec) => Rows[container].Video.Contains(codec);

    /// <summary>Whether a container holds an audio codec.</summary>
    public static bool Holds(Container container, AudioCodec codec) => Rows[container].Audio.Contains(codec);

    /// <summary>Whether a container holds a subtitle format.</summary>
    public static bool Holds(Container container, SubtitleFormat format) => Rows[container].Subtitles.Contains(format);

    /// <summary>The text format that a container has subtitles converted to; null when it holds no text.</summary>
    public static SubtitleFormat? TextOf(Container container) => Rows[container].Subtitles is [SubtitleFormat first, ..] && IsText(first) ? first : null;

    /// <summary>Whether a format is text, and not pictures of it.</summary>
    public static bool IsText(SubtitleFormat format) => format is SubtitleFormat.Subrip or SubtitleFormat.Ass or SubtitleFormat.MovText or SubtitleFormat.Webvtt;

    /// <summary>Whether a container can have subtitles of some source in a mode.</summary>
    public static bool MayHold(Container container, SubtitleMode mode) => mode == SubtitleMode.Convert ? TextOf(container) is not null : Rows[container].Subtitles.Length > 0;
}
