namespace Encode.Media.Frames;

/// <summary>
/// Hands one packet to several queues: references to all but the last, which gets the packet itself. It is no longer the caller's once this
/// is made; on the caller's thread, between two calls nothing else may happen to it.
/// </summary>
internal ref struct PacketFan(PacketPool packets, MediaPacket packet)
{
    private StageQueue<MediaPacket>? _last;

    /// <summary>Names the next queue; the one before gets its reference. The packet is disposed when this throws.</summary>
    public void Add(StageQueue<MediaPacket> queue)
    {
        try
        {
            _last?.Send(packets.RentReferenceTo(packet));
        }
        catch
        {
            packet.Dispose();
            throw;
        }

        _last = queue;
    }

    /// <summary>Moves the packet into the last queue, or disposes it where none was named.</summary>
    public readonly void Finish()
    {
        if (_last is null)
        {
            packet.Dispose();
        }
        else
        {
            _last.Send(packet);
        }
    }
}
