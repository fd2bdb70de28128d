using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// The timecode of the source on its way to the outputs: from the container (the timecode track of a MOV, a tag), else from the first picture itself.
/// It goes with the picture: advanced where the output begins later, counted anew where its rate is another one. MP4 gets a timecode track,
/// Matroska a tag; what it cannot be brought into is told.
/// </summary>
internal static unsafe class SourceTimecode
{
    private const string Key = "timecode";

    /// <summary>Gives every rendition the label of its first picture, where the container states one.</summary>
    /// <param name="run">The run, with the renditions' rates.</param>
    /// <param name="context">The input.</param>
    /// <param name="source">Where the output begins.</param>
    public static void Assign(TranscodeRun run, AVFormatContext* context, SourceInfo source)
    {
        Rational rate = source.NominalRate;
        string? text = SoundChoice.TagOf(source.Video, Key) ?? TagOf(context->metadata);
        for (int i = 0; i < context->nb_streams; i++)
        {
            AVStream* stream = context->streams[i];
            if (stream->codecpar->codec_type == AVMediaType.AVMEDIA_TYPE_DATA && SoundChoice.TagOf(stream, Key) is { } tagged)
            {
                text ??= tagged;
                rate = stream->avg_frame_rate is { num: > 0, den: > 0 } own ? new Rational(own.num, own.den) : rate;
                break;
            }
        }

        if (text is null)
        {
            return;
        }

        if (Timecode.Parse(text, rate) is not { } first)
        {
            run.Note($"The timecode of the source was left out: \"{(text.Length > MaxEcho ? text[..MaxEcho] : text)}\" is none at {rate} pictures a second.");
            return;
        }

        long pictures = (long)Math.Round(source.PicturesBefore * rate.Value);
        foreach (RenditionLane lane in run.Renditions)
        {
            Give(run, lane, first.After(pictures));
        }
    }

    /// <summary>Takes the label of a rendition's first picture from the picture, unless the container stated one.</summary>
    public static void Take(TranscodeRun run, RenditionLane lane, AVFrame* first)
    {
        if (run.Replay.Cut is not null)
        {
            // This is a later one; the first run of the job kept the label with its packets.
            return;
        }

        AVFrameSideData* data = ffmpeg.av_frame_get_side_data(first, AVFrameSideDataType.AV_FRAME_DATA_S12M_TIMECODE);
        if (lane.Label.Timecode is null && data is not null && data->size >= 2 * sizeof(uint) && ((uint*)data->data)[0] > 0
            && run.SourceRate is { } rate && Timecode.FromSmpte(((uint*)data->data)[1], rate) is { } found)
        {
            Give(run, lane, found);
        }
    }

    /// <summary>Characters of a tag that a note repeats.</summary>
    private const int MaxEcho = 32;

    private static void Give(TranscodeRun run, RenditionLane lane, Timecode first)
    {
        if (first.At(lane.Rate) is not { } label)
        {
            run.Note($"The timecode {first} was left out of {lane.Settings.Name}: {lane.Rate} pictures a second have no labels that run as fast as those of {first.Rate}.");
            return;
        }

        lane.Label = lane.Label with { Timecode = label.ToString() };
        foreach (OutputLane output in run.Outputs)
        {
            if (output.Has(lane.Track) && output.Settings.Container is Container.Ts or Container.Cmaf)
            {
                run.Note($"The timecode {label} is not in {output.Settings.Container.ToString().ToLowerInvariant()}, which does not hold it.");
            }
        }
    }

    private static string? TagOf(AVDictionary* metadata)
    {
        AVDictionaryEntry* entry = ffmpeg.av_dict_get(metadata, Key, null, 0);
        return entry is null ? null : LibavError.Text(entry->value);
    }
}
