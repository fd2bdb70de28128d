using Encode.Media.Frames;
using Encode.Media.Libav;
using Encode.Media.Segments;

namespace Encode.Media.Pipeline;

/// <summary>
/// Where encoders and outputs meet: a track is declared once and sent once, and reaches every output that has it. Owns the declared
/// tracks; used by all encoders' threads.
/// </summary>
internal sealed class TrackBoard(PacketPool packets, IReadOnlyList<OutputLane> outputs, SegmentLog? segments) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<EncodedTrack> _tracks = [];

    /// <summary>Takes a track over and shows it to the outputs that wait for it.</summary>
    public void Declare(EncodedTrack track)
    {
        lock (_gate)
        {
            _tracks.Add(track);
        }

        if (track.Label.Kind == TrackKind.Video)
        {
            segments?.Declare(track);
        }

        foreach (OutputLane output in outputs)
        {
            if (output.Has(track.Label.Id))
            {
                output.Declare(track);
            }
        }
    }

    /// <summary>Moves a packet to every output that has its track, and into the segments.</summary>
    public void Send(MediaPacket packet)
    {
        try
        {
            segments?.Send(packet);
        }
        catch
        {
            packet.Dispose();
            throw;
        }

        SendStored(packet);
    }

    /// <summary>Moves a packet that is in the segments already to every output that has its track.</summary>
    public void SendStored(MediaPacket packet)
    {
        var fan = new PacketFan(packets, packet);
        for (int i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Has(packet.Track))
            {
                fan.Add(outputs[i].Encoded);
            }
        }

        fan.Finish();
    }

    /// <summary>A track will not come in any output.</summary>
    public void GiveUp(int track)
    {
        foreach (OutputLane output in outputs)
        {
            output.GiveUp(track);
        }
    }

    /// <summary>Tells the outputs that no packet of a track lies before a time, in nanoseconds, so that they need not wait for one.</summary>
    public void Mark(int track, long time)
    {
        foreach (OutputLane output in outputs)
        {
            if (output.Has(track))
            {
                output.Encoded.Send(packets.RentMark(track, time));
            }
        }
    }

    /// <summary>A track's last packet has been sent.</summary>
    public void End(int track)
    {
        Mark(track, long.MaxValue);
        foreach (OutputLane output in outputs)
        {
            output.End(track);
        }

        segments?.End(track);
    }

    public void Dispose()
    {
        foreach (EncodedTrack track in _tracks)
        {
            track.Dispose();
        }
    }
}
