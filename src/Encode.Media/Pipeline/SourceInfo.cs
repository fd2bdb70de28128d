using System.Globalization;
using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>What the container says about the chosen streams, read once before the stages start; pointers stay valid while the input is open.</summary>
internal sealed unsafe class SourceInfo
{
    /// <summary>Hours that a length in a tag may have: more are a number gone wrong.</summary>
    private const int MaxTaggedHours = 10_000;

    /// <summary>
    /// Nanoseconds of nothing that an output may begin with so that its first picture stands on a slot. At rates of slide shows a slot is
    /// seconds long; there the first picture is shown from the nearest one instead.
    /// </summary>
    private const long MaxLead = TimeBases.Second / 20;

    private readonly AVFormatContext* _context;
    private long _firstPicture;

    /// <summary>Reads an input whose streams are chosen.</summary>
    /// <param name="input">The open input.</param>
    /// <param name="video">Index of the video stream.</param>
    /// <param name="sounds">Indices of the sound streams that are used.</param>
    public SourceInfo(InputContext input, int video, IEnumerable<int> sounds)
    {
        AVFormatContext* context = input.Context;
        _context = context;
        SoundIndices = [.. sounds.Distinct()];
        Format = LibavError.Text(context->iformat->name);
        Video = context->streams[video];
        VideoIndex = video;
        Start = StartOf(context);
        _firstPicture = Video->start_time != ffmpeg.AV_NOPTS_VALUE ? TimeBases.ToNanoseconds(Video->start_time, Video->time_base) : Start;
        StatedRate = SourceRate.Stated(Video, hasTimes: (context->iformat->flags & ffmpeg.AVFMT_NOTIMESTAMPS) == 0);
        Length = LengthOf(context);
        StatedEnd = EndOf();
        Orientation = Orientation.Of(Video->codecpar);
        Cropping = ContainerCropping.Of(Video->codecpar);
        PixelAspect = IsMov && Cropping.MakesAspect(Video) ? new AVRational { num = 1, den = 1 } : Video->sample_aspect_ratio;
        HasTimestamps = (context->iformat->flags & ffmpeg.AVFMT_NOTIMESTAMPS) == 0;
        HasTimestampJumps = (context->iformat->flags & ffmpeg.AVFMT_TS_DISCONT) != 0;
    }

    public string Format { get; }

    /// <summary>Whether it is of the MP4 family, whose index knows every packet.</summary>
    public bool IsMov => Format.StartsWith("mov", StringComparison.Ordinal);

    /// <summary>Whether it is an MP4 whose samples are listed fragment by fragment and not at its start.</summary>
    private bool IsFragmented => IsMov && Video->nb_frames == 0;

    /// <summary>Whether it is Matroska or WebM.</summary>
    public bool IsMatroska => Format.StartsWith("matroska", StringComparison.Ordinal);

    public AVStream* Video { get; }

    /// <summary>Indices of the sound streams that are used, each once.</summary>
    public IReadOnlyList<int> SoundIndices { get; }

    /// <summary>How the container wants the picture turned.</summary>
    public Orientation Orientation { get; }

    /// <summary>What the container hides of the picture.</summary>
    public ContainerCropping Cropping { get; }

    /// <summary>Pixel aspect that the container states; 0 when it states none.</summary>
    public AVRational PixelAspect { get; }

    public int VideoIndex { get; }

    /// <summary>Where the output's time zero lies on the input's clock, in nanoseconds.</summary>
    public long Start { get; private set; }

    /// <summary>Where the input's own first content lies on its clock, in nanoseconds, when the output begins later than that.</summary>
    public long First { get; private set; }

    /// <summary>Seconds of pictures that lie before the start of the output; negative when the first picture comes later.</summary>
    public double PicturesBefore => (double)(Start - _firstPicture) / TimeBases.Second;

    /// <summary>Whether the format has timestamps; bare H.264 and HEVC have none.</summary>
    public bool HasTimestamps { get; }

    /// <summary>The rate that the container states; null when it states none that can be.</summary>
    public Rational? StatedRate { get; }

    /// <summary>The picture's usual rate: the stated one, or the one measured on its first packets.</summary>
    public Rational NominalRate { get; set; }

    /// <summary>Length that the container states for the picture, else for the file, in nanoseconds; 0 when it states none.</summary>
    public long Length { get; }

    /// <summary>Where the container says that the picture ends, on the input's clock in nanoseconds; null when it does not, or is not to be held to it.</summary>
    public long? StatedEnd { get; }

    /// <summary>Whether timestamps of this format may jump in mid-stream.</summary>
    public bool HasTimestampJumps { get; }

    /// <summary>A stream of the input.</summary>
    public AVStream* Stream(int index) => _context->streams[index];

    /// <summary>The first picture turned out to be shown at another time than the container says; nothing may lie before the start of the output.</summary>
    /// <param name="time">On the input's clock, in nanoseconds.</param>
    public void FirstPictureAt(long time)
    {
        _firstPicture = time;
        Start = Math.Min(Start, time);
    }

    /// <summary>
    /// Moves the start of the output back, by less than a slot, so that the first picture stands on a slot of the output's rate. What it
    /// would have to be shifted by otherwise adds to the rounding of every later picture; sound goes to any sample.
    /// </summary>
    public void AlignStart(Rational rate)
    {
        long ahead = _firstPicture - Start - Cadence.Leniency;
        long slot = (long)Math.Ceiling((double)ahead * rate.Numerator / rate.Denominator / TimeBases.Second);
        long start = _firstPicture - TimeBases.Scale(slot * rate.Denominator, TimeBases.Second, rate.Numerator);
        Start = Start - start > MaxLead ? Start : start;
    }

    /// <summary>The output begins later than the source; the first picture keeps its place on the output's slots.</summary>
    /// <exception cref="MediaException">It would begin after the source's end (class settings).</exception>
    public void BeginAt(double seconds)
    {
        if (seconds <= 0)
        {
            return;
        }

        // Of a stream whose clock jumps the stated length is the difference of its ends, which says nothing.
        if (Length > 0 && !HasTimestampJumps && seconds * TimeBases.Second >= Length)
        {
            throw new MediaException(
                ErrorClass.Settings,
                FormattableString.Invariant($"open the input: it lasts {(double)Length / TimeBases.Second:0.###} s and the job's input.start is {seconds:0.###} s; begin earlier"));
        }

        First = Start;
        Start += (long)(seconds * TimeBases.Second);
    }

    /// <summary>The earliest start of the used streams; edit lists and priming are in it already.</summary>
    private long StartOf(AVFormatContext* context)
    {
        long start = long.MaxValue;
        if (Video->start_time != ffmpeg.AV_NOPTS_VALUE)
        {
            start = TimeBases.ToNanoseconds(Video->start_time, Video->time_base);
        }

        foreach (int index in SoundIndices)
        {
            AVStream* sound = context->streams[index];
            if (sound->start_time != ffmpeg.AV_NOPTS_VALUE)
            {
                start = Math.Min(start, TimeBases.ToNanoseconds(sound->start_time, sound->time_base));
            }
        }

        return start != long.MaxValue ? start
            : context->start_time != ffmpeg.AV_NOPTS_VALUE ? context->start_time * 1000
            : 0;
    }

    private long LengthOf(AVFormatContext* context)
    {
        if (IsMatroska && DurationTag() is { } tagged)
        {
            return tagged;
        }

        if (Video->duration != ffmpeg.AV_NOPTS_VALUE && Video->duration > 0)
        {
            long stated = TimeBases.ToNanoseconds(Video->duration, Video->time_base);
            // Of fragments without an index libav states where the last one ends, on a clock that may have begun long before.
            return IsFragmented && stated > _firstPicture ? stated - _firstPicture : stated;
        }

        return context->duration != ffmpeg.AV_NOPTS_VALUE && context->duration > 0 ? context->duration * 1000 : 0;
    }

    /// <summary>
    /// MP4 states a length for each track. Matroska states the file's, which may be the sound's; many writers add a tag to each track,
    /// some with its end and some with its length. Read as its end, it never asks for more than there should be.
    /// </summary>
    private long? EndOf()
    {
        if (IsMatroska)
        {
            return DurationTag();
        }

        return IsMov && Length > 0 ? _firstPicture + Length : null;
    }

    /// <summary>The picture's length in a tag such as <c>00:00:05.040000000</c>. Copies keep tags for a language that are no longer true, so only the plain one counts.</summary>
    private long? DurationTag()
    {
        AVDictionaryEntry* entry = ffmpeg.av_dict_get(Video->metadata, "DURATION", null, 0);
        string[] parts = entry is null ? [] : LibavError.Text(entry->value).Split(':');
        if (parts.Length != 3
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int hours) || hours > MaxTaggedHours
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) || minutes >= 60
            || !double.TryParse(parts[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) || seconds >= 60)
        {
            return null;
        }

        long length = (((hours * 60L) + minutes) * 60 * TimeBases.Second) + (long)(seconds * TimeBases.Second);
        return length > 0 ? length : null;
    }
}
