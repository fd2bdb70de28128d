using Encode.Contracts.Jobs;
using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>
/// Puts the packets of an output's tracks in the order of their decoding times. A packet goes out once every other track has a later one, or is
/// known to have none before it (<see cref="Advance"/>): libavformat's own interleaving lacks the latter, and would wait ten seconds of pictures
/// for each line of text. A track that is late without a word holds the others up for so long too. Owned by one thread.
/// </summary>
internal sealed unsafe class PacketSorter : IDisposable
{
    /// <summary>Longest stretch that is held back for a track that does not come, in nanoseconds: libavformat's own <c>max_interleave_delta</c>.</summary>
    private const long MaxHeld = 10 * TimeBases.Second;

    /// <summary>Packets that a track has room for from the start: what is held back at most, at 200 pictures a second, so that no list grows in mid-run.</summary>
    private const int RoomAtStart = 2048;

    private readonly List<Lane> _lanes = [];
    private readonly Stack<nint> _shells = new(RoomAtStart);
    private long _newest = long.MinValue;

    /// <summary>Adds a track, whose number is how many there were before.</summary>
    /// <param name="timeBase">Of its packets.</param>
    public void Add(AVRational timeBase) => _lanes.Add(new Lane(timeBase));

    /// <summary>Takes a packet's contents; the shell stays the caller's, empty.</summary>
    public void Push(int lane, AVPacket* packet)
    {
        AVPacket* shell = _shells.TryPop(out nint free) ? (AVPacket*)free : ffmpeg.av_packet_alloc();
        if (shell is null)
        {
            throw new MediaException(ErrorClass.Resource, "write the output: no memory; free some memory or lower --slots");
        }

        ffmpeg.av_packet_move_ref(shell, packet);
        _lanes[lane].Packets.Enqueue((nint)shell);
        _newest = Math.Max(_newest, TimeBases.ToNanoseconds(shell->dts, _lanes[lane].TimeBase));
    }

    /// <summary>No packet of a track comes from before a time, in nanoseconds.</summary>
    public void Advance(int lane, long time) => _lanes[lane].From = Math.Max(_lanes[lane].From, time);

    /// <summary>The packet that is next; give it back with <see cref="Return"/>.</summary>
    /// <param name="isEnd">Whether none will come any more.</param>
    /// <returns>Null when one before it may still come, or there is none.</returns>
    public AVPacket* Next(bool isEnd)
    {
        Lane? first = null;
        foreach (Lane lane in _lanes)
        {
            if (lane.Packets.Count > 0 && (first is null || ffmpeg.av_compare_ts(lane.Head->dts, lane.TimeBase, first.Head->dts, first.TimeBase) < 0))
            {
                first = lane;
            }
        }

        return first is not null && (isEnd || IsDue(first)) ? (AVPacket*)first.Packets.Dequeue() : null;
    }

    /// <summary>Takes a shell back; what is left in it is freed.</summary>
    public void Return(AVPacket* packet)
    {
        ffmpeg.av_packet_unref(packet);
        _shells.Push((nint)packet);
    }

    public void Dispose()
    {
        foreach (Lane lane in _lanes)
        {
            while (lane.Packets.TryDequeue(out nint packet))
            {
                Free(packet);
            }
        }

        while (_shells.TryPop(out nint shell))
        {
            Free(shell);
        }
    }

    private bool IsDue(Lane first)
    {
        long time = TimeBases.ToNanoseconds(first.Head->dts, first.TimeBase);
        if (_newest - time > MaxHeld)
        {
            return true;
        }

        foreach (Lane lane in _lanes)
        {
            if (lane.Packets.Count == 0 && lane.From <= time)
            {
                return false;
            }
        }

        return true;
    }

    private static void Free(nint packet)
    {
        var native = (AVPacket*)packet;
        ffmpeg.av_packet_free(&native);
    }

    private sealed class Lane(AVRational timeBase)
    {
        public AVRational TimeBase { get; } = timeBase;

        public Queue<nint> Packets { get; } = new(RoomAtStart);

        public AVPacket* Head => (AVPacket*)Packets.Peek();

        /// <summary>Nothing of it lies before this, in nanoseconds.</summary>
        public long From { get; set; } = long.MinValue;
    }
}
