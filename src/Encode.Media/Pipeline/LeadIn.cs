using Encode.Media.Frames;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// The packets that an output needs from before its start, in formats that are read up to there because no place in them can be looked up:
/// those from the last key frame on. Earlier ones are dropped without being decoded. Used by the demuxer's thread.
/// </summary>
internal sealed unsafe class LeadIn(int videoIndex, long soundRunIn, IReadOnlyList<int> subtitles) : IDisposable
{
    /// <summary>Packets that are kept at most: a source without key frames is decoded from where this is full.</summary>
    private const int MaxPackets = 20_000;

    /// <summary>Bytes that are kept at most, likewise: ten seconds of a picture of 200 Mbit/s.</summary>
    private const long MaxBytes = 256L << 20;

    private readonly List<(MediaPacket Packet, long Time)> _kept = [];
    private long _bytes;

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">Kept or dropped; no longer the caller's.</param>
    /// <param name="time">When it is decoded, in nanoseconds from the start of the output.</param>
    /// <param name="shown">When it is shown: until then the pictures before a key frame are.</param>
    /// <returns>Whether the start is reached, so that what is kept can go on.</returns>
    public bool Take(MediaPacket packet, long time, long shown)
    {
        bool isVideo = packet.Native->stream_index == videoIndex;
        if (isVideo && shown <= 0 && (packet.Native->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0)
        {
            DropBefore();
        }

        _kept.Add((packet, time));
        _bytes += packet.Native->size;
        return (isVideo && time >= 0) || _kept.Count >= MaxPackets || _bytes >= MaxBytes;
    }

    /// <summary>Hands over what is kept, in order; the caller owns it.</summary>
    public List<MediaPacket> TakeAll()
    {
        List<MediaPacket> packets = [.. _kept.Select(kept => kept.Packet)];
        _kept.Clear();
        return packets;
    }

    public void Dispose()
    {
        foreach ((MediaPacket packet, _) in _kept)
        {
            packet.Dispose();
        }

        _kept.Clear();
    }

    /// <summary>A new key frame: older pictures are of no use, nor is sound that ends well before the start. A line of text may reach to it.</summary>
    private void DropBefore()
    {
        for (int i = _kept.Count - 1; i >= 0; i--)
        {
            (MediaPacket packet, long time) = _kept[i];
            if (packet.Native->stream_index == videoIndex || (time < -soundRunIn && !subtitles.Contains(packet.Native->stream_index)))
            {
                _bytes -= packet.Native->size;
                packet.Dispose();
                _kept.RemoveAt(i);
            }
        }
    }
}
