using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Frames;

/// <summary>Packet shells of one run; the same contract as <see cref="FramePool"/>.</summary>
internal sealed unsafe class PacketPool : IDisposable
{
    /// <summary>Shells out at once: an output whose sound starts late holds its first packets until the header can be written.</summary>
    private const int MaxOutstanding = 65536;

    private readonly Lock _gate = new();
    private readonly Stack<MediaPacket> _free = new();
    private int _outstanding;
    private bool _closed;

    public int Outstanding
    {
        get
        {
            lock (_gate)
            {
                return _outstanding;
            }
        }
    }

    /// <summary>An empty shell; the caller owns it.</summary>
    public MediaPacket Rent()
    {
        lock (_gate)
        {
            if (_outstanding >= MaxOutstanding)
            {
                throw new MediaException(ErrorClass.Resource, $"rent a packet: {MaxOutstanding} are in use; the tracks of the input lie too far apart");
            }

            if (!_free.TryPop(out MediaPacket? packet))
            {
                AVPacket* native = ffmpeg.av_packet_alloc();
                if (native is null)
                {
                    throw new MediaException(ErrorClass.Resource, "rent a packet: no memory; free some memory or lower --slots");
                }

                packet = new MediaPacket(this, native);
            }

            packet.IsRented = true;
            _outstanding++;
            NativeObjects.Opened();
            return packet;
        }
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

    /// <summary>Frees the shells that are in; those still out are freed when they come back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_free.TryPop(out MediaPacket? packet))
            {
                Free(packet);
            }
        }
    }

    internal void Return(MediaPacket packet)
    {
        lock (_gate)
        {
            if (!packet.IsRented)
            {
                return;
            }

            packet.IsRented = false;
            _outstanding--;
            NativeObjects.Closed();
            ffmpeg.av_packet_unref(packet.Native);
            packet.Track = 0;
            if (_closed)
            {
                Free(packet);
            }
            else
            {
                _free.Push(packet);
            }
        }
    }

    private static void Free(MediaPacket packet)
    {
        AVPacket* native = packet.Native;
        ffmpeg.av_packet_free(&native);
    }
}
