using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Pipeline;
using FFmpeg.AutoGen;

namespace Encode.Media.Segments;

/// <summary>
/// Keeps back packets of the picture on the way to a cut: the decoder needs those from the last key frame on that is shown early enough before
/// it, and none from before that. Used by the demuxer's thread.
/// </summary>
/// <param name="cut">Nanoseconds from the start of the output.</param>
/// <param name="source">The source; its rate is known by the first call.</param>
internal sealed unsafe class CutLeadIn(long cut, SourceInfo source) : IDisposable
{
    /// <summary>Packets that are kept at most: a source with a longer GOP is decoded from where this is full, which is as right and takes longer.</summary>
    private const int MaxPackets = 20_000;

    /// <summary>Pictures before the cut that filters may look back at: a deinterlacer at two, a cadence at one.</summary>
    private const int LookBack = 4;

    /// <summary>Least time before the cut, in nanoseconds: longer than any reordering.</summary>
    private const long LeastPreroll = TimeBases.Second / 2;

    private readonly Queue<MediaPacket> _kept = new();

    /// <summary>Where pictures are needed from, in nanoseconds from the start of the output.</summary>
    public long From => cut - Math.Max(LeastPreroll, TimeBases.Scale(LookBack * TimeBases.Second, source.NominalRate.Denominator, source.NominalRate.Numerator));

    /// <summary>Whether what follows is needed.</summary>
    public bool IsReached { get; private set; }

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">Kept or dropped; no longer the caller's.</param>
    /// <param name="time">When it is decoded, in nanoseconds from the start of the output.</param>
    /// <returns>Whether the cut is reached, so that what is kept can go on.</returns>
    public bool Take(MediaPacket packet, long time)
    {
        AVPacket* native = packet.Native;
        bool isKey = (native->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0;
        long shown = native->pts == ffmpeg.AV_NOPTS_VALUE ? time : TimeBases.ToNanoseconds(native->pts, source.Video->time_base) - source.Start;
        if (isKey && shown <= From)
        {
            Drop();
        }

        _kept.Enqueue(packet);
        return time >= From || _kept.Count >= MaxPackets;
    }

    /// <summary>Sends on what is kept, in order.</summary>
    public void SendAll(StageQueue<MediaPacket> queue)
    {
        IsReached = true;
        while (_kept.TryDequeue(out MediaPacket? packet))
        {
            queue.Send(packet);
        }
    }

    public void Dispose() => Drop();

    private void Drop()
    {
        while (_kept.TryDequeue(out MediaPacket? packet))
        {
            packet.Dispose();
        }
    }
}
