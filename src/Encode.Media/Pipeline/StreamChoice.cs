using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Which streams of an input are used: the best picture that moves, and the best sound that belongs to it.</summary>
internal static unsafe class StreamChoice
{
    /// <summary>Dispositions of streams that are pictures about the film and not the film.</summary>
    private static readonly int StillDispositions = ffmpeg.AV_DISPOSITION_ATTACHED_PIC | ffmpeg.AV_DISPOSITION_TIMED_THUMBNAILS | ffmpeg.AV_DISPOSITION_STILL_IMAGE;

    /// <summary>Index of the video stream: default ones first, then the largest, then the first.</summary>
    /// <exception cref="MediaException">There is none (class input).</exception>
    public static int Video(AVFormatContext* context)
    {
        int best = -1;
        (bool HasSize, bool IsDefault, long Pixels) bestRank = default;
        for (int i = 0; i < context->nb_streams; i++)
        {
            AVStream* stream = context->streams[i];
            if (stream->codecpar->codec_type != AVMediaType.AVMEDIA_TYPE_VIDEO || (stream->disposition & StillDispositions) != 0)
            {
                continue;
            }

            long pixels = (long)stream->codecpar->width * stream->codecpar->height;
            var rank = (pixels > 0, (stream->disposition & ffmpeg.AV_DISPOSITION_DEFAULT) != 0, pixels);
            if (best < 0 || rank.CompareTo(bestRank) > 0)
            {
                (best, bestRank) = (i, rank);
            }
        }

        return best >= 0 ? best : throw NoPicture(context);
    }

    /// <summary>
    /// Index of the audio stream that goes with a video stream: the best that can be decoded, else the best, which then fails with its own
    /// words; -1 when there is none.
    /// </summary>
    public static int Audio(AVFormatContext* context, int video)
    {
        AVCodec* decoder = null;
        int index = ffmpeg.av_find_best_stream(context, AVMediaType.AVMEDIA_TYPE_AUDIO, -1, video, &decoder, 0);
        if (index < 0)
        {
            index = ffmpeg.av_find_best_stream(context, AVMediaType.AVMEDIA_TYPE_AUDIO, -1, video, null, 0);
        }

        return index >= 0 ? index : -1;
    }

    /// <summary>Tells the demuxer to skip what is not used.</summary>
    public static void DiscardAllBut(AVFormatContext* context, HashSet<int> used)
    {
        for (int i = 0; i < context->nb_streams; i++)
        {
            if (!used.Contains(i))
            {
                context->streams[i]->discard = AVDiscard.AVDISCARD_ALL;
            }
        }
    }

    /// <summary>Which streams of an input are in no output, as a sentence for the result; null when all are used.</summary>
    public static string? LeftOut(AVFormatContext* context, HashSet<int> used)
    {
        SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
        for (int i = 0; i < context->nb_streams; i++)
        {
            if (!used.Contains(i))
            {
                string kind = KindOf(context->streams[i]);
                counts[kind] = counts.GetValueOrDefault(kind) + 1;
            }
        }

        return counts.Count == 0 ? null
            : $"Streams of the source that are not in the output: {string.Join(", ", counts.Select(kind => $"{kind.Value} {kind.Key}"))}.";
    }

    private static string KindOf(AVStream* stream) => stream->codecpar->codec_type switch
    {
        AVMediaType.AVMEDIA_TYPE_VIDEO when (stream->disposition & StillDispositions) != 0 => "still picture",
        AVMediaType.AVMEDIA_TYPE_VIDEO => "video",
        AVMediaType.AVMEDIA_TYPE_AUDIO => "sound",
        AVMediaType.AVMEDIA_TYPE_SUBTITLE => "subtitle",
        AVMediaType.AVMEDIA_TYPE_ATTACHMENT => "attachment",
        _ => "data",
    };

    private static MediaException NoPicture(AVFormatContext* context)
    {
        string what = "no stream that can be shown";
        for (int i = 0; i < context->nb_streams; i++)
        {
            if (context->streams[i]->codecpar->codec_type == AVMediaType.AVMEDIA_TYPE_AUDIO)
            {
                what = "only sound";
            }
        }

        return new MediaException(ErrorClass.Input, $"open the input: it has no picture ({what} in this {LibavError.Text(context->iformat->name)} file); a scenario needs a video stream");
    }
}
