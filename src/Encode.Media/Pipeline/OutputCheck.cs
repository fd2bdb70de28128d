using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>One pass over a finished output; keeps the packets of the GOP it is in, so that the last one can be decoded at the end.</summary>
internal sealed unsafe class OutputCheck(InputContext input, CancellationToken cancel) : IDisposable
{
    /// <summary>How far the container's length may be from the encoder's count, in seconds: edit lists count in milliseconds.</summary>
    private const double DurationTolerance = 0.1;

    private readonly FramePool _frames = new();
    private readonly PacketPool _packets = new();
    private readonly List<MediaPacket> _lastGop = [];
    private readonly int _video = StreamChoice.Video(input.Context);
    private readonly long[] _lastDts = [.. Enumerable.Repeat(long.MinValue, (int)input.Context->nb_streams)];
    private long _videoPackets;
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
            bool isForward = native->dts > _lastDts[stream];
            bool isWhole = (native->flags & ffmpeg.AV_PKT_FLAG_CORRUPT) == 0;
            _lastDts[stream] = native->dts;
            _end = Math.Max(_end, TimeBases.ToNanoseconds(native->pts + native->duration, input.Context->streams[stream]->time_base));
            Keep(packet);
            if (!isForward || !isWhole)
            {
                throw OutputVerifier.Wrong(isWhole ? $"decoding times of stream {stream} do not rise" : $"a packet of stream {stream} is cut");
            }
        }
    }

    /// <summary>Compares what was read with what was made.</summary>
    public void Compare(TranscodeResult expected)
    {
        if (_videoPackets != expected.Frames)
        {
            throw OutputVerifier.Wrong($"it has {_videoPackets} pictures and {expected.Frames} were encoded");
        }

        AVCodecParameters* parameters = input.Context->streams[_video]->codecpar;
        if (parameters->width != expected.Width || parameters->height != expected.Height)
        {
            throw OutputVerifier.Wrong($"it is {parameters->width}x{parameters->height} and {expected.Width}x{expected.Height} was encoded");
        }

        double seconds = (double)_end / TimeBases.Second;
        if (Math.Abs(seconds - expected.DurationSeconds) > DurationTolerance)
        {
            throw OutputVerifier.Wrong(FormattableString.Invariant($"it lasts {seconds:0.###} s and {expected.DurationSeconds:0.###} s were encoded"));
        }
    }

    /// <summary>Decodes the last GOP.</summary>
    public void DecodeLastGop()
    {
        using Decoder decoder = Decoder.Open(input.Context->streams[_video], Math.Min(Environment.ProcessorCount, 4));
        long decoded = 0;
        foreach (MediaPacket packet in _lastGop)
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
        if (decoded != _lastGop.Count || decoder.DamagedPackets > 0)
        {
            throw OutputVerifier.Wrong($"its last GOP has {_lastGop.Count} packets and {decoded} of them decode");
        }
    }

    public void Dispose()
    {
        Forget();
        _frames.Dispose();
        _packets.Dispose();
    }

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
        if (packet.Native->stream_index != _video)
        {
            packet.Dispose();
            return;
        }

        _videoPackets++;
        if ((packet.Native->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0)
        {
            Forget();
        }

        _lastGop.Add(packet);
    }

    private void Forget()
    {
        foreach (MediaPacket packet in _lastGop)
        {
            packet.Dispose();
        }

        _lastGop.Clear();
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
}
