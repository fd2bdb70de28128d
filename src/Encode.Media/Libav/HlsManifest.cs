using System.Globalization;
using System.Text;
using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>HLS playlists (RFC 8216, version 7 for fragmented MP4) of finished track files.</summary>
internal static class HlsManifest
{
    private const string SoundGroup = "audio";
    private const string TextGroup = "subtitles";

    /// <summary>The media playlist of one track.</summary>
    public static unsafe string OfTrack(CmafTrack track)
    {
        string file = $"{track.Track.Label.Name}.mp4";
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        double longest = track.Segments.Select(segment => Seconds(segment.Length)).DefaultIfEmpty().Max();
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{Math.Max(1, (int)Math.Round(longest, MidpointRounding.AwayFromZero))}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{file}\",BYTERANGE=\"{track.InitBytes}@0\"\n");
        foreach (CmafSegment segment in track.Segments)
        {
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{Seconds(segment.Length):0.000000},\n#EXT-X-BYTERANGE:{segment.Bytes}@{segment.Offset}\n{file}\n");
        }

        return text.Append("#EXT-X-ENDLIST\n").ToString();
    }

    /// <summary>The media playlist of a text file, which is one segment.</summary>
    /// <param name="track">The text.</param>
    /// <param name="length">Length of the presentation in nanoseconds.</param>
    public static string OfText(EncodedTrack track, long length)
    {
        int target = Math.Max(1, (int)Math.Round(Seconds(length), MidpointRounding.AwayFromZero));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:{target}\n#EXTINF:{Seconds(length):0.000000},\n{track.Label.Name}{Contracts.Scenarios.OutputNames.TextEnding}\n#EXT-X-ENDLIST\n");
    }

    /// <summary>The multivariant playlist: a variant for each picture, the sound as one group, the text as another.</summary>
    public static unsafe string OfAll(IReadOnlyList<CmafTrack> tracks, IReadOnlyList<EncodedTrack> texts)
    {
        CmafTrack[] pictures = [.. tracks.Where(track => track.Track.Label.Kind == TrackKind.Video)];
        CmafTrack[] sounds = [.. tracks.Where(track => track.Track.Label.Kind == TrackKind.Audio)];
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        for (int i = 0; i < sounds.Length; i++)
        {
            AppendSound(text, sounds[i], isDefault: i == 0);
        }

        foreach (EncodedTrack track in texts)
        {
            AppendText(text, track.Label);
        }

        string textGroup = texts.Count == 0 ? string.Empty : $",SUBTITLES=\"{TextGroup}\"";
        long soundPeak = sounds.Select(sound => sound.PeakBitrate).DefaultIfEmpty().Max();
        long soundAverage = sounds.Select(sound => sound.AverageBitrate).DefaultIfEmpty().Max();
        string soundCodec = string.Concat(sounds.Select(CodecOf).Distinct(StringComparer.Ordinal).Select(codec => $",{codec}"));
        foreach (CmafTrack picture in pictures)
        {
            EncodedTrack track = picture.Track;
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-STREAM-INF:BANDWIDTH={picture.PeakBitrate + soundPeak},AVERAGE-BANDWIDTH={picture.AverageBitrate + soundAverage}");
            text.Append(CultureInfo.InvariantCulture, $",CODECS=\"{CodecString.Of(track.Parameters)}{soundCodec}\",RESOLUTION={track.Parameters->width}x{track.Parameters->height}");
            text.Append(CultureInfo.InvariantCulture, $",FRAME-RATE={(double)track.FrameRate.num / Math.Max(1, track.FrameRate.den):0.000}");
            text.Append(RangeOf(track)).Append(sounds.Length == 0 ? string.Empty : $",AUDIO=\"{SoundGroup}\"").Append(textGroup);
            text.Append(CultureInfo.InvariantCulture, $"\n{track.Label.Name}.m3u8\n");
        }

        if (pictures.Length == 0 && sounds.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-STREAM-INF:BANDWIDTH={soundPeak},AVERAGE-BANDWIDTH={soundAverage},CODECS=\"{soundCodec[1..]}\",AUDIO=\"{SoundGroup}\"\n{sounds[0].Track.Label.Name}.m3u8\n");
        }

        return text.ToString();
    }

    private static unsafe string CodecOf(CmafTrack track) => CodecString.Of(track.Track.Parameters);

    private static unsafe void AppendSound(StringBuilder text, CmafTrack sound, bool isDefault)
    {
        TrackLabel label = sound.Track.Label;
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{SoundGroup}\",NAME=\"{label.Name}\"{LanguageOf(label)},DEFAULT={(isDefault ? "YES" : "NO")},AUTOSELECT=YES");
        text.Append(CultureInfo.InvariantCulture, $",CHANNELS=\"{sound.Track.Parameters->ch_layout.nb_channels}\",URI=\"{label.Name}.m3u8\"\n");
    }

    private static void AppendText(StringBuilder text, TrackLabel label)
    {
        bool isForced = (label.Disposition & ffmpeg.AV_DISPOSITION_FORCED) != 0;
        bool isForHardOfHearing = (label.Disposition & (ffmpeg.AV_DISPOSITION_HEARING_IMPAIRED | ffmpeg.AV_DISPOSITION_CAPTIONS)) != 0;
        bool isDefault = (label.Disposition & ffmpeg.AV_DISPOSITION_DEFAULT) != 0;
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"{TextGroup}\",NAME=\"{label.Name}\"{LanguageOf(label)}");
        text.Append(CultureInfo.InvariantCulture, $",DEFAULT={(isDefault ? "YES" : "NO")},AUTOSELECT=YES,FORCED={(isForced ? "YES" : "NO")}");
        text.Append(isForHardOfHearing ? ",CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound\"" : string.Empty);
        text.Append(CultureInfo.InvariantCulture, $",URI=\"{label.Name}.m3u8\"\n");
    }

    private static string LanguageOf(TrackLabel label) => label.Language is { } tag && tag != "und" && IsPlain(tag) ? $",LANGUAGE=\"{tag}\"" : string.Empty;

    /// <summary>A language comes from the file: only what a language tag can be (RFC 5646) goes into a quoted string.</summary>
    private static bool IsPlain(string language) => language.Length <= 35 && language.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static unsafe string RangeOf(EncodedTrack track) => track.Parameters->color_trc switch
    {
        AVColorTransferCharacteristic.AVCOL_TRC_SMPTE2084 => ",VIDEO-RANGE=PQ",
        AVColorTransferCharacteristic.AVCOL_TRC_ARIB_STD_B67 => ",VIDEO-RANGE=HLG",
        _ => ",VIDEO-RANGE=SDR",
    };

    private static double Seconds(long nanoseconds) => (double)nanoseconds / TimeBases.Second;
}
