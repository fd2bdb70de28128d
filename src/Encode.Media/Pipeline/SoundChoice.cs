using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Which of the source's sound streams each track of the job is made of. A track that names none gets the best that belongs to the picture,
/// and is left out where the source has no sound at all; one that names a stream that is not there is an error of the job.
/// </summary>
internal static unsafe class SoundChoice
{
    /// <summary>Gives every sound track its stream, and takes out those that have none.</summary>
    /// <exception cref="MediaException">A named stream is not there (class settings).</exception>
    public static void Assign(TranscodeRun run, AVFormatContext* context, int video)
    {
        foreach (SoundLane lane in run.Sounds.ToArray())
        {
            int index = Find(context, video, lane.Settings);
            if (index < 0)
            {
                run.Sounds.Remove(lane);
                run.Tracks.GiveUp(lane.Track);
                continue;
            }

            AVStream* stream = context->streams[index];
            lane.StreamIndex = index;
            lane.Label = lane.Label with { Language = TagOf(stream, "language"), Title = TagOf(stream, "title"), Disposition = DispositionOf(stream, lane.Label.Disposition) };
        }
    }

    /// <summary>A tag of a stream; null when it has none.</summary>
    public static string? TagOf(AVStream* stream, string key)
    {
        AVDictionaryEntry* entry = ffmpeg.av_dict_get(stream->metadata, key, null, 0);
        return entry is null ? null : LibavError.Text(entry->value);
    }

    /// <summary>What the source says a track is for (commentary, for the hearing impaired, ...), with the default mark that the job's order gives it.</summary>
    public static int DispositionOf(AVStream* stream, int ours)
    {
        int carried = ffmpeg.AV_DISPOSITION_DUB | ffmpeg.AV_DISPOSITION_ORIGINAL | ffmpeg.AV_DISPOSITION_COMMENT | ffmpeg.AV_DISPOSITION_LYRICS
            | ffmpeg.AV_DISPOSITION_FORCED | ffmpeg.AV_DISPOSITION_HEARING_IMPAIRED | ffmpeg.AV_DISPOSITION_VISUAL_IMPAIRED
            | ffmpeg.AV_DISPOSITION_CAPTIONS | ffmpeg.AV_DISPOSITION_DESCRIPTIONS | ffmpeg.AV_DISPOSITION_CLEAN_EFFECTS;
        return (stream->disposition & carried) | ours;
    }

    private static int Find(AVFormatContext* context, int video, AudioSettings settings)
    {
        TrackSource source = settings.Source;
        if (source is { Index: null, Language: null })
        {
            return StreamChoice.Audio(context, video);
        }

        int number = 0;
        for (int i = 0; i < context->nb_streams; i++)
        {
            AVStream* stream = context->streams[i];
            if (stream->codecpar->codec_type != AVMediaType.AVMEDIA_TYPE_AUDIO)
            {
                continue;
            }

            bool isIt = source.Index is { } wanted ? wanted == number : string.Equals(TagOf(stream, "language"), source.Language, StringComparison.OrdinalIgnoreCase);
            if (isIt)
            {
                return i;
            }

            number++;
        }

        string what = source.Index is { } index ? $"sound track {index}" : $"sound in '{source.Language}'";
        throw new MediaException(
            ErrorClass.Settings,
            $"choose the sound of {settings.Name}: the input has no {what}, it has {number} sound {(number == 1 ? "track" : "tracks")}; count from 0, or leave 'source' out for the best one");
    }
}
