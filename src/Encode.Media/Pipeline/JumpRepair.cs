using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Repairs clocks that jump in mid-stream, as transport streams do at a splice or a restart of their encoder. A packet whose decoding time
/// lies far from where its stream was moves its stream's clock so that it follows on. The other streams jump at their own packets; one that
/// jumps by about as much takes over the first one's shift exactly, so that sound and picture stay as far apart as the new clock has them.
/// A stream that comes back to where another one of the same clock is has not jumped: it had a hole, which is filled further on.
/// </summary>
internal sealed unsafe class JumpRepair
{
    /// <summary>Distance from the expected time that counts as a jump: longer than any pause in a programme, shorter than any restart.</summary>
    private const long Threshold = 10 * TimeBases.Second;

    /// <summary>How alike two streams' jumps are when they are the same one.</summary>
    private const long Alike = 2 * TimeBases.Second;

    private readonly Dictionary<int, (long Next, long Shift)> _streams = [];
    private long _lastShift;

    /// <summary>Shifts a packet's times onto its stream's continuous clock.</summary>
    public void Apply(AVPacket* packet, AVRational timeBase)
    {
        long stamp = packet->dts != ffmpeg.AV_NOPTS_VALUE ? packet->dts : packet->pts;
        if (stamp == ffmpeg.AV_NOPTS_VALUE)
        {
            return;
        }

        long time = TimeBases.ToNanoseconds(stamp, timeBase);
        bool known = _streams.TryGetValue(packet->stream_index, out (long Next, long Shift) stream);
        long shift = known ? stream.Shift : _lastShift;
        if (known && Math.Abs(time + shift - stream.Next) > Threshold && !IsHole(packet->stream_index, time + shift, stream))
        {
            long wanted = stream.Next - time;
            shift = Math.Abs(wanted - _lastShift) < Alike ? _lastShift : wanted;
            _lastShift = shift;
        }

        _streams[packet->stream_index] = (time + shift + TimeBases.ToNanoseconds(Math.Max(0, packet->duration), timeBase), shift);
        if (shift != 0)
        {
            long ticks = TimeBases.FromNanoseconds(shift, timeBase);
            packet->pts += packet->pts == ffmpeg.AV_NOPTS_VALUE ? 0 : ticks;
            packet->dts += packet->dts == ffmpeg.AV_NOPTS_VALUE ? 0 : ticks;
        }
    }

    private bool IsHole(int index, long time, (long Next, long Shift) stream) =>
        time > stream.Next && _streams.Any(other => other.Key != index && other.Value.Shift == stream.Shift && Math.Abs(time - other.Value.Next) <= Threshold);
}
