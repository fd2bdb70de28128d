using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Repairs clocks that jump in mid-stream, as transport streams do at a splice or a restart of their encoder. A packet whose decoding time lies far
/// from where its stream should be moves its stream's clock so that it follows on: where its stream ended, or, was that silent, where the others are.
/// The other streams jump at their own packets; one that by the new shift comes to where the first one is takes it over exactly, so that sound and
/// picture stay as far apart as the new clock has them, however long it was silent before. A stream that comes back to where another one of the same clock
/// is has not jumped: it had a hole, which is filled further on. Subtitles may be sent long before they are shown, so nothing follows them.
/// </summary>
internal sealed unsafe class JumpRepair
{
    /// <summary>Distance from the expected time that counts as a jump: longer than any pause in a programme, shorter than any restart.</summary>
    private const long Threshold = 10 * TimeBases.Second;

    /// <summary>How alike two streams' jumps are when they are the same one, and how far a packet may lie from where its stream was and follow on all the same.</summary>
    private const long Alike = 2 * TimeBases.Second;

    private readonly Dictionary<int, Clock> _streams = [];
    private long _lastShift;

    /// <summary>Shifts a packet's times onto its stream's continuous clock.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="timeBase">Of its times.</param>
    /// <param name="isSparse">Whether its stream may be silent for long and ahead of the others.</param>
    public void Apply(AVPacket* packet, AVRational timeBase, bool isSparse)
    {
        long stamp = packet->dts != ffmpeg.AV_NOPTS_VALUE ? packet->dts : packet->pts;
        if (stamp == ffmpeg.AV_NOPTS_VALUE)
        {
            return;
        }

        long time = TimeBases.ToNanoseconds(stamp, timeBase);
        long shift = _streams.TryGetValue(packet->stream_index, out Clock stream) ? ShiftOf(packet->stream_index, stream, time) : _lastShift;
        _streams[packet->stream_index] = new(time + shift + TimeBases.ToNanoseconds(Math.Max(0, packet->duration), timeBase), shift, isSparse);
        if (shift != 0)
        {
            long ticks = TimeBases.FromNanoseconds(shift, timeBase);
            packet->pts += packet->pts == ffmpeg.AV_NOPTS_VALUE ? 0 : ticks;
            packet->dts += packet->dts == ffmpeg.AV_NOPTS_VALUE ? 0 : ticks;
        }
    }

    private long ShiftOf(int index, Clock stream, long time)
    {
        long own = time + stream.Shift;
        if (Math.Abs(own - stream.Next) <= Alike)
        {
            return stream.Shift;
        }

        if (stream.Shift != _lastShift && IsNear(time + _lastShift, _lastShift))
        {
            return _lastShift;
        }

        long furthest = FurthestOf(stream);
        long expected = furthest - stream.Next > Alike ? furthest : stream.Next;
        if (Math.Abs(own - expected) <= Threshold || IsHole(index, own, stream))
        {
            return stream.Shift;
        }

        long wanted = expected - time;
        if (stream.IsSparse)
        {
            return wanted;
        }

        _lastShift = Math.Abs(wanted - _lastShift) < Alike ? _lastShift : wanted;
        return _lastShift;
    }

    /// <summary>Whether a time is about where a stream is that has been shifted by so much.</summary>
    private bool IsNear(long time, long shift)
    {
        foreach (Clock other in _streams.Values)
        {
            if (!other.IsSparse && other.Shift == shift && Math.Abs(time - other.Next) <= Threshold)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where the stream is that has come furthest of those on a stream's clock, itself among them.</summary>
    private long FurthestOf(Clock stream)
    {
        long furthest = stream.Next;
        foreach (Clock other in _streams.Values)
        {
            furthest = !other.IsSparse && other.Shift == stream.Shift ? Math.Max(furthest, other.Next) : furthest;
        }

        return furthest;
    }

    private bool IsHole(int index, long time, Clock stream) =>
        time > stream.Next && _streams.Any(other => other.Key != index && other.Value.Shift == stream.Shift && Math.Abs(time - other.Value.Next) <= Threshold);

    /// <summary>A stream's clock.</summary>
    /// <param name="Next">Where its next packet is expected, after the shift.</param>
    /// <param name="Shift">What is added to its times.</param>
    /// <param name="IsSparse">Whether it says nothing about where the others are.</param>
    private readonly record struct Clock(long Next, long Shift, bool IsSparse);
}
