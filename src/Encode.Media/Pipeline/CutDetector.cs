using Encode.Contracts.Jobs;
using Encode.Media.IO;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Finds out whether an input was all there. libav takes the end of a cut file for the end of the film, so this asks the container:
/// before anything is decoded, where its last byte should be; at the end, how far the picture should have come. What is left open is a
/// file of a format that states neither.
/// </summary>
internal sealed unsafe class CutDetector(MediaInput input, SourceInfo source, CancellationToken stop)
{
    /// <summary>How much of its stated length a picture may lack, in nanoseconds, before it counts as cut short.</summary>
    private const long MaxMissing = TimeBases.Second;

    /// <summary>How much of its stated length a picture may lack, as a share, before it counts as cut short.</summary>
    private const double MaxMissingShare = 0.02;

    /// <summary>Bits of an index entry's packed field below its size.</summary>
    private const int FlagBits = 2;

    private long _videoEnd = long.MinValue;
    private long _longestStep;

    /// <summary>Takes a packet of the picture.</summary>
    public void Note(AVPacket* packet)
    {
        long time = packet->pts != ffmpeg.AV_NOPTS_VALUE ? packet->pts : packet->dts;
        if (time == ffmpeg.AV_NOPTS_VALUE)
        {
            return;
        }

        long end = TimeBases.ToNanoseconds(time + Math.Max(0, packet->duration), source.Video->time_base);
        if (end > _videoEnd)
        {
            _longestStep = _videoEnd == long.MinValue ? 0 : Math.Max(_longestStep, end - _videoEnd);
            _videoEnd = end;
        }
    }

    /// <summary>
    /// Compares where the container's bytes should end with where the input does. An ordinary MP4 lists all of them from the start, a
    /// fragmented one as its fragments are read, so this is asked at both ends.
    /// </summary>
    /// <exception cref="MediaException">Some are missing (class input).</exception>
    public void ThrowIfBytesAreMissing()
    {
        long? end = source.IsMov ? IndexedEnd() : source.IsMatroska ? MatroskaSegment.StatedEnd(input, stop) : source.Format == "avi" ? RiffFile.StatedEnd(input, stop) : null;
        if (end > input.Length)
        {
            throw new MediaException(ErrorClass.Input, $"read the input: it is cut short, {end - input.Length} bytes are missing at its end; copy the whole file again");
        }
    }

    /// <summary>Compares how far the picture came with how far the container says that it goes; all packets were read.</summary>
    /// <exception cref="MediaException">It came less far (class input).</exception>
    public void ThrowIfCutShort()
    {
        if (source.StatedEnd is not { } statedEnd || _videoEnd == long.MinValue)
        {
            return;
        }

        // A slide show's last picture may state no length: it lasts as long as the others.
        long missing = statedEnd - _videoEnd;
        if (missing > Math.Max(MaxMissing, _longestStep) && missing > source.Length * MaxMissingShare)
        {
            double there = (double)(source.Length - missing) / TimeBases.Second;
            throw new MediaException(
                ErrorClass.Input,
                FormattableString.Invariant($"read the input: it is cut short, {there:0.0} s of {(double)source.Length / TimeBases.Second:0.0} s are there; copy the whole file again"));
        }
    }

    /// <summary>Offset of the first byte after the last sample that the index lists for the used streams.</summary>
    private long IndexedEnd()
    {
        long end = IndexedEnd(source.Video);
        foreach (int index in source.SoundIndices)
        {
            AVStream* sound = source.Stream(index);
            end = Math.Max(end, IsPlain(sound) ? 0 : IndexedEnd(sound));
        }

        return end;
    }

    /// <summary>Whether it is sound of equal samples: those have an entry for each chunk, and the last one may state more than there is.</summary>
    private static bool IsPlain(AVStream* stream) => ffmpeg.av_get_bits_per_sample(stream->codecpar->codec_id) > 0;

    private static long IndexedEnd(AVStream* stream)
    {
        long end = 0;
        int count = ffmpeg.avformat_index_get_entries_count(stream);
        for (int i = 0; i < count; i++)
        {
            AVIndexEntry* entry = ffmpeg.avformat_index_get_entry(stream, i);
            end = Math.Max(end, entry->pos + (entry->flags2_size30 >> FlagBits));
        }

        return end;
    }
}
