using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Which of the source's subtitle streams each track of the job is made of, and what goes into which output. A container that holds a format
/// (<see cref="Compatibility"/>) gets its packets as they are; where it does not, text is converted if the job asks for it. An output that can have
/// it in neither way goes without, and the result says so; when that is so of all of them, the job is refused.
/// </summary>
internal static unsafe class SubtitleChoice
{
    /// <summary>Gives every subtitle track its stream and its forms, and takes out those of a source without any.</summary>
    /// <exception cref="MediaException">A named stream is not there, or no output can have it (class settings).</exception>
    public static void Assign(TranscodeRun run, AVFormatContext* context)
    {
        int track = run.Settings.Video.Count + run.Settings.Audio.Count;
        foreach (SubtitleLane lane in run.Subtitles.ToArray())
        {
            int index = Find(context, lane.Settings);
            if (index < 0)
            {
                run.Subtitles.Remove(lane);
                run.Note($"The source has no subtitles, so subtitle {lane.Settings.Name} is in no output.");
                continue;
            }

            AVStream* stream = context->streams[index];
            lane.StreamIndex = index;
            lane.Label = lane.Label with
            {
                Language = SoundChoice.TagOf(stream, "language"),
                Title = SoundChoice.TagOf(stream, "title"),
                Disposition = SoundChoice.DispositionOf(stream, stream->disposition & ffmpeg.AV_DISPOSITION_DEFAULT),
            };
            track = AddForms(run, lane, stream->codecpar->codec_id, track);
        }
    }

    /// <summary>The format of a stream; null when it is one that no container here holds.</summary>
    private static SubtitleFormat? FormatOf(AVCodecID codec) => codec switch
    {
        AVCodecID.AV_CODEC_ID_SUBRIP or AVCodecID.AV_CODEC_ID_SRT => SubtitleFormat.Subrip,
        AVCodecID.AV_CODEC_ID_ASS or AVCodecID.AV_CODEC_ID_SSA => SubtitleFormat.Ass,
        AVCodecID.AV_CODEC_ID_MOV_TEXT => SubtitleFormat.MovText,
        AVCodecID.AV_CODEC_ID_WEBVTT => SubtitleFormat.Webvtt,
        AVCodecID.AV_CODEC_ID_HDMV_PGS_SUBTITLE => SubtitleFormat.Pgs,
        AVCodecID.AV_CODEC_ID_DVD_SUBTITLE => SubtitleFormat.Dvd,
        AVCodecID.AV_CODEC_ID_DVB_SUBTITLE => SubtitleFormat.Dvb,
        _ => null,
    };

    private static int AddForms(TranscodeRun run, SubtitleLane lane, AVCodecID codec, int track)
    {
        SubtitleFormat? format = FormatOf(codec);
        string name = ffmpeg.avcodec_get_name(codec);
        foreach (OutputLane output in run.Outputs)
        {
            Container container = output.Settings.Container;
            SubtitleFormat? text = lane.Settings.Mode == SubtitleMode.Convert && format is { } source && Compatibility.IsText(source) ? Compatibility.TextOf(container) : null;
            bool isCopied = format is { } held && Compatibility.Holds(container, held);
            if (!isCopied && text is null)
            {
                run.Note($"Subtitle {lane.Settings.Name} ({name}) is not in {WordOf(container)}, which does not hold it.");
                continue;
            }

            SubtitleForm? form = lane.Forms.Find(one => one.Format == (isCopied ? null : text));
            if (form is null)
            {
                form = new SubtitleForm(track++, isCopied ? null : text);
                lane.Forms.Add(form);
            }

            output.Expect(form.Track);
        }

        return lane.Forms.Count > 0 ? track : throw NoPlaceFor(run, lane, name, format);
    }

    private static MediaException NoPlaceFor(TranscodeRun run, SubtitleLane lane, string name, SubtitleFormat? format)
    {
        string hint = format switch
        {
            null => "leave it out",
            { } text when !Compatibility.IsText(text) => "pictures are copied into mkv, DVB's into ts too, and no text is made of them",
            _ when lane.Settings.Mode == SubtitleMode.Copy => "ask for mode convert, or for an output in mkv",
            _ => "ask for an output in mkv, mp4, webm or cmaf",
        };
        string containers = string.Join(" and ", run.Outputs.Select(output => WordOf(output.Settings.Container)).Distinct(StringComparer.Ordinal));
        return new MediaException(ErrorClass.Settings, $"choose subtitle {lane.Settings.Name}: it is {name}, which {containers} holds in no form in mode {WordOf(lane.Settings.Mode)}; {hint}");
    }

    private static string WordOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static int Find(AVFormatContext* context, SubtitleSettings settings)
    {
        TrackSource source = settings.Source;
        int number = 0;
        for (int i = 0; i < context->nb_streams; i++)
        {
            AVStream* stream = context->streams[i];
            if (stream->codecpar->codec_type != AVMediaType.AVMEDIA_TYPE_SUBTITLE)
            {
                continue;
            }

            bool isIt = source switch
            {
                { Index: { } wanted } => wanted == number,
                { Language: { } language } => string.Equals(SoundChoice.TagOf(stream, "language"), language, StringComparison.OrdinalIgnoreCase),
                _ => true,
            };
            if (isIt)
            {
                return source is { Index: null, Language: null } ? Best(context) : i;
            }

            number++;
        }

        if (source is { Index: null, Language: null })
        {
            return -1;
        }

        string what = source.Index is { } index ? $"subtitle track {index}" : $"subtitles in '{source.Language}'";
        throw new MediaException(
            ErrorClass.Settings,
            $"choose subtitle {settings.Name}: the input has no {what}, it has {number} subtitle {(number == 1 ? "track" : "tracks")}; count from 0, or leave 'source' out for the first that is not for signs alone");
    }

    /// <summary>The source's default track, else the first that is not forced, else the first.</summary>
    private static int Best(AVFormatContext* context)
    {
        int best = -1;
        int bestRank = -1;
        for (int i = 0; i < context->nb_streams; i++)
        {
            AVStream* stream = context->streams[i];
            int rank = ((stream->disposition & ffmpeg.AV_DISPOSITION_DEFAULT) != 0 ? 2 : 0) + ((stream->disposition & ffmpeg.AV_DISPOSITION_FORCED) == 0 ? 1 : 0);
            if (stream->codecpar->codec_type == AVMediaType.AVMEDIA_TYPE_SUBTITLE && rank > bestRank)
            {
                (best, bestRank) = (i, rank);
            }
        }

        return best;
    }
}
