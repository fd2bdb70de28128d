using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Finds pictures that are shown before the first one in the stream. libav takes the first packet's time for the start of a stream; packets
/// right after it may be shown earlier, and whether they can be decoded without what came before a cut only their decoder knows. It is
/// asked where there are such packets, which is rare.
/// </summary>
internal sealed unsafe class LeadingPictures(SourceInfo source)
{
    /// <summary>Packets looked at: leading pictures are reordered, so they are no more than a decoder can hold back.</summary>
    private const int MaxPackets = 32;

    private readonly List<MediaPacket> _packets = [];
    private long _first;
    private bool _hasEarlier;

    /// <summary>Whether a picture may still come that is shown before the first.</summary>
    public bool WantsMore { get; private set; } = true;

    /// <summary>Takes a packet of any stream; the caller keeps it, beyond the call of <see cref="Earliest"/>.</summary>
    public void Add(MediaPacket packet)
    {
        AVPacket* native = packet.Native;
        if (!WantsMore || native->stream_index != source.VideoIndex)
        {
            return;
        }

        if (_packets.Count == 0)
        {
            _first = native->pts;
        }

        _packets.Add(packet);
        _hasEarlier |= native->pts < _first;
        WantsMore = native->pts != ffmpeg.AV_NOPTS_VALUE && native->pts <= _first && _packets.Count < MaxPackets;
    }

    /// <summary>When the first picture that can be decoded is shown, on the input's clock in nanoseconds; null when none of those seen is shown before the first.</summary>
    public long? Earliest(FramePool frames)
    {
        if (!_hasEarlier)
        {
            return null;
        }

        using Decoder decoder = Decoder.Open(source.Video, threads: 1);
        using MediaFrame frame = frames.Rent();
        foreach (MediaPacket packet in _packets)
        {
            decoder.Send(packet);
            if (decoder.Receive(frame) == CodecStep.Done)
            {
                return TimeOf(frame);
            }
        }

        decoder.Send(null);
        return decoder.Receive(frame) == CodecStep.Done ? TimeOf(frame) : null;
    }

    private long? TimeOf(MediaFrame frame)
    {
        long timestamp = frame.Native->best_effort_timestamp;
        return timestamp == ffmpeg.AV_NOPTS_VALUE ? null : TimeBases.ToNanoseconds(timestamp, source.Video->time_base);
    }
}
