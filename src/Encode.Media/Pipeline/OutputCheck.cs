using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>One pass over a finished file; keeps the packets of the GOP that each picture track is in, so that the last ones can be decoded at the end.</summary>
internal sealed unsafe class OutputCheck(InputContext input, CancellationToken cancel) : IDisposable
{
    /// <summary>How far the container's length may be from the encoder's count, in seconds: edit lists count in milliseconds.</summary>
    private const double DurationTolerance = 0.1;

    private readonly string _format = LibavError.Text(input.Context->iformat->name);

    /// <summary>Matroska keeps no decoding times, and libav's guesses at them say nothing about the file.</summary>
    private readonly bool _hasDecodingTimes = !LibavError.Text(input.Context->iformat->name).StartsWith("matroska", StringComparison.Ordinal);

    private readonly FramePool _frames = new();
    private readonly PacketPool _packets = new();
    private readonly Dictionary<int, CheckedPicture> _pictures = [];
    private readonly Dictionary<int, long> _lastDts = [];
    private long _start = long.MaxValue;
    private long _end;

    /// <summary>Reads every packet and checks that time goes forward in each stream.</summary>
    public void ReadAll()
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            MediaPacket packet = _packets.Rent();
            if (!Read(packet))
            {
                return;
            }

            AVPacket* native = packet.Native;
            int stream = native->stream_index;
            // Lines of text may begin at once.
            long last = _lastDts.GetValueOrDefault(stream, long.MinValue);
            bool isForward = !_hasDecodingTimes || native->dts > last || (native->dts == last && IsSubtitle(stream));
            bool isWhole = (native->flags & ffmpeg.AV_PKT_FLAG_CORRUPT) == 0;
            _lastDts[stream] = native->dts;
            NoteTime(native);
            Keep(packet);
            if (!isForward || !isWhole)
            {
                throw OutputVerifier.Wrong(isWhole ? $"decoding times of stream {stream} do not rise" : $"a packet of stream {stream} is cut");
            }
        }
    }

    /// <summary>Compares what was read with what was made.</summary>
    public void Compare(FileResult made, IReadOnlyList<RenditionResult> renditions)
    {
        if (_pictures.Count != renditions.Count)
        {
            throw OutputVerifier.Wrong($"it has {_pictures.Count} picture tracks and {renditions.Count} were encoded");
        }

        foreach ((CheckedPicture picture, RenditionResult rendition) in _pictures.OrderBy(entry => entry.Key).Select(entry => entry.Value).Zip(renditions))
        {
            Compare(picture, rendition);
        }

        // A transport stream's clock begins anywhere, and nothing in it says that the end of a packet is filling; every other one begins at zero and can say so.
        bool isTs = _format == "mpegts";
        double seconds = isTs ? ((double)(_end - _start) / TimeBases.Second) + made.StartSeconds : (double)_end / TimeBases.Second;
        double longer = seconds - made.DurationSeconds;
        if (longer < -DurationTolerance || longer > DurationTolerance + (isTs ? made.SoundPacketSeconds : 0))
        {
            throw OutputVerifier.Wrong(FormattableString.Invariant($"it lasts {seconds:0.###} s and {made.DurationSeconds:0.###} s were encoded"));
        }
    }

    /// <summary>Decodes the last GOP of each picture track.</summary>
    public void DecodeLastGops()
    {
        foreach (CheckedPicture picture in _pictures.Values)
        {
            DecodeLastGop(picture);
        }
    }

    public void Dispose()
    {
        foreach (CheckedPicture picture in _pictures.Values)
        {
            picture.Forget();
        }

        _frames.Dispose();
        _packets.Dispose();
    }

    private void Compare(CheckedPicture picture, RenditionResult rendition)
    {
        if (picture.Packets != rendition.Frames)
        {
            throw OutputVerifier.Wrong($"it has {picture.Packets} pictures and {rendition.Frames} were encoded");
        }

        // Most containers do not say how long the last picture is shown, and libav cuts it where the picture starts late.
        _end = Math.Max(_end, picture.LastShown + (long)(rendition.LastPictureSeconds * TimeBases.Second));
        AVCodecParameters* parameters = input.Context->streams[picture.Stream]->codecpar;
        if (parameters->width != rendition.Width || parameters->height != rendition.Height)
        {
            throw OutputVerifier.Wrong($"it is {parameters->width}x{parameters->height} and {rendition.Width}x{rendition.Height} was encoded");
        }
    }

    private void DecodeLastGop(CheckedPicture picture)
    {
        using Decoder decoder = Decoder.OpenForCheck(input.Context->streams[picture.Stream], Math.Min(Environment.ProcessorCount, 4));
        long decoded = 0;
        foreach (MediaPacket packet in picture.LastGop)
        {
            cancel.ThrowIfCancellationRequested();
            while (!decoder.Send(packet))
            {
                decoded += Receive(decoder);
            }

            decoded += Receive(decoder);
        }

        decoder.Send(null);
        decoded += Receive(decoder);
        if (decoded != picture.LastGop.Count || decoder.DamagedPackets > 0)
        {
            throw OutputVerifier.Wrong($"its last GOP has {picture.LastGop.Count} packets and {decoded} of them decode");
        }
    }

    private void NoteTime(AVPacket* native)
    {
        // A line may be shown for longer than there are pictures.
        if (native->pts == ffmpeg.AV_NOPTS_VALUE || IsSubtitle(native->stream_index))
        {
            return;
        }

        AVRational timeBase = input.Context->streams[native->stream_index]->time_base;
        _start = Math.Min(_start, TimeBases.ToNanoseconds(native->pts, timeBase));
        _end = Math.Max(_end, TimeBases.ToNanoseconds(native->pts + native->duration, timeBase));
    }

    private bool IsSubtitle(int stream) => input.Context->streams[stream]->codecpar->codec_type == AVMediaType.AVMEDIA_TYPE_SUBTITLE;

    private bool Read(MediaPacket packet)
    {
        try
        {
            if (input.Read(packet))
            {
                return true;
            }
        }
        catch
        {
            packet.Dispose();
            throw;
        }

        packet.Dispose();
        return false;
    }

    private void Keep(MediaPacket packet)
    {
        int stream = packet.Native->stream_index;
        if (input.Context->streams[stream]->codecpar->codec_type != AVMediaType.AVMEDIA_TYPE_VIDEO)
        {
            packet.Dispose();
            return;
        }

        if (!_pictures.TryGetValue(stream, out CheckedPicture? picture))
        {
            picture = new CheckedPicture(stream);
            _pictures.Add(stream, picture);
        }

        picture.Take(packet, TimeBases.ToNanoseconds(packet.Native->pts, input.Context->streams[stream]->time_base), (packet.Native->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0);
    }

    private long Receive(Decoder decoder)
    {
        long count = 0;
        using MediaFrame frame = _frames.Rent();
        while (decoder.Receive(frame) == CodecStep.Done)
        {
            count++;
        }

        return count;
    }

    /// <summary>A picture track as far as it was read.</summary>
    private sealed class CheckedPicture(int stream)
    {
        public int Stream { get; } = stream;

        public long Packets { get; private set; }

        /// <summary>When the last picture is shown, in nanoseconds.</summary>
        public long LastShown { get; private set; }

        public List<MediaPacket> LastGop { get; } = [];

        public void Take(MediaPacket packet, long time, bool isKey)
        {
            Packets++;
            LastShown = Math.Max(LastShown, time);
            if (isKey)
            {
                Forget();
            }

            LastGop.Add(packet);
        }

        public void Forget()
        {
            LastGop.ForEach(packet => packet.Dispose());
            LastGop.Clear();
        }
    }
}
