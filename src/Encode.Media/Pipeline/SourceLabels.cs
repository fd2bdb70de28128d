using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Reads what a source says about itself as a whole: tags and chapters, the latter on the output's clock.</summary>
internal static unsafe class SourceLabels
{
    /// <summary>Tags that are about the film and not about the file that it came in, under libavformat's names.</summary>
    private static readonly string[] Carried =
    [
        "title", "artist", "album", "album_artist", "composer", "date", "genre", "comment", "copyright", "description", "synopsis",
        "show", "episode_id", "episode_sort", "season_number", "network", "publisher", "performer", "language", "track", "disc",
    ];

    /// <summary>Longest tag that is carried, in bytes: a synopsis fits, an embedded file does not.</summary>
    private const int MaxTagBytes = 4096;

    /// <summary>Most chapters that are carried.</summary>
    private const int MaxChapters = 1000;

    /// <summary>Most characters of a chapter's title: MP4 counts its bytes in 16 bits.</summary>
    private const int MaxTitleChars = 1000;

    /// <summary>Reads an open input.</summary>
    /// <param name="context">The input.</param>
    /// <param name="source">Where the output begins on its clock.</param>
    /// <param name="limit">Where the output ends, in nanoseconds from its start.</param>
    public static FileLabel Of(AVFormatContext* context, SourceInfo source, long limit) => new() { Tags = TagsOf(context), Chapters = ChaptersOf(context, source, limit) };

    /// <summary>Says of what there is which output has no place for it.</summary>
    public static void NoteWhatIsDropped(TranscodeRun run, FileLabel label)
    {
        foreach (Container container in run.Settings.Outputs.Select(output => output.Container).Distinct())
        {
            string name = container.ToString().ToLowerInvariant();
            if (label.Chapters.Count > 0 && (container is Container.Ts or Container.Cmaf))
            {
                run.Note($"The source's chapters are not in {name}, which does not hold them.");
            }

            // A transport stream has the title, as the name of its service.
            if (container == Container.Ts && label.Tags.Any(tag => tag.Key != "title"))
            {
                run.Note($"The source's tags but the title are not in {name}, which does not hold them.");
            }
        }
    }

    private static List<KeyValuePair<string, string>> TagsOf(AVFormatContext* context)
    {
        List<KeyValuePair<string, string>> tags = [];
        foreach (string key in Carried)
        {
            AVDictionaryEntry* entry = ffmpeg.av_dict_get(context->metadata, key, null, 0);
            string value = entry is null ? string.Empty : LibavError.Text(entry->value);
            if (value.Length is > 0 and <= MaxTagBytes)
            {
                tags.Add(new(key, value));
            }
        }

        return tags;
    }

    private static List<Chapter> ChaptersOf(AVFormatContext* context, SourceInfo source, long limit)
    {
        List<Chapter> chapters = [];
        for (int i = 0; i < Math.Min((int)context->nb_chapters, MaxChapters); i++)
        {
            AVChapter* native = context->chapters[i];
            long start = TimeBases.ToNanoseconds(native->start, native->time_base) - source.Start;
            long end = Math.Min(limit, TimeBases.ToNanoseconds(native->end, native->time_base) - source.Start);
            if (end > 0 && end > start)
            {
                AVDictionaryEntry* title = ffmpeg.av_dict_get(native->metadata, "title", null, 0);
                chapters.Add(new Chapter(Math.Max(0, start), end, title is null ? null : Cut(LibavError.Text(title->value))));
            }
        }

        return chapters;
    }

    private static string Cut(string title) => title.Length <= MaxTitleChars ? title : title[..MaxTitleChars];
}
