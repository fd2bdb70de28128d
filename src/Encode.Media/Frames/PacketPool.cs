using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Frames;

/// <summary>Packet shells of one run; the same contract as <see cref="FramePool"/>.</summary>
internal sealed unsafe class PacketPool : IDisposable
{
    /// <summary>Shells out at once: an output whose sound starts late holds its first packets until the header can be written.</summary>
    private const int MaxOutstanding = 65536;

    /// <summary>Shells made at the start, so that a stage that falls behind late in a run allocates nothing: what the queues of a plain job hold.</summary>
    private const int MadeAtStart = 1024;

    private readonly ShellStack<MediaPacket> _free = new(2 * MadeAtStart);
    private int _outstanding;
    private bool _closed;

    public PacketPool()
    {
        for (int i = 0; i < MadeAtStart; i++)
        {
            _free.Push(NewPacket());
        }
    }

    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>An empty shell; the caller owns it.</summary>
    public MediaPacket Rent()
    {
        if (Interlocked.Increment(ref _outstanding) > MaxOutstanding)
        {
            Interlocked.Decrement(ref _outstanding);
            throw new MediaException(ErrorClass.Resource, $"rent a packet: {MaxOutstanding} are in use; the tracks of the input lie too far apart");
        }

        MediaPacket packet;
        try
        {
            packet = _free.Pop() ?? NewPacket();
        }
        catch
        {
            Interlocked.Decrement(ref _outstanding);
            throw;
        }

        packet.IsRented = true;
        NativeObjects.Opened();
        return packet;
    }

    /// <summary>A second reference to the same bytes, of the same track; the caller owns it.</summary>
    public MediaPacket RentReferenceTo(MediaPacket source)
    {
        MediaPacket packet = Rent();
        int code = ffmpeg.av_packet_ref(packet.Native, source.Native);
        if (code < 0)
        {
            packet.Dispose();
            code.ThrowIfError("reference a packet");
        }

        packet.Track = source.Track;
        return packet;
    }

    /// <summary>A mark (see <see cref="MediaPacket.IsMark"/>); the caller owns it.</summary>
    public MediaPacket RentMark(int track, long time)
    {
        MediaPacket packet = Rent();
        packet.Track = track;
        packet.IsMark = true;
        packet.Native->pts = time;
        return packet;
    }

    /// <summary>Frees the shells that are in; those still out are freed when they come back.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        FreeAll();
    }

    internal void Return(MediaPacket packet)
    {
        if (!packet.IsRented)
        {
            return;
        }

        packet.IsRented = false;
        ffmpeg.av_packet_unref(packet.Native);
        packet.Track = 0;
        packet.IsMark = false;
        _free.Push(packet);
        if (Volatile.Read(ref _closed))
        {
            FreeAll();
        }

        Interlocked.Decrement(ref _outstanding);
        NativeObjects.Closed();
    }

    private void FreeAll()
    {
        while (_free.Pop() is { } packet)
        {
            AVPacket* native = packet.Native;
            ffmpeg.av_packet_free(&native);
        }
    }

    private MediaPacket NewPacket()
    {
        AVPacket* native = ffmpeg.av_packet_alloc();
        return native is null
            ? throw new MediaException(ErrorClass.Resource, "rent a packet: no memory; free some memory or lower --slots")
            : new MediaPacket(this, native);
    }
}
