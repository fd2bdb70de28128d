using System.Buffers.Binary;
using Encode.Contracts.Jobs;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Segments;

/// <summary>Reads a rendition's file up to a cut. Used by one thread.</summary>
internal sealed unsafe class TrackReader(SafeFileHandle file, SegmentCut.Track until)
{
    private long _position;
    private long _packets;

    /// <summary>How the packets are coded; before the first one. The caller owns the track.</summary>
    /// <exception cref="MediaException">The file is damaged (class platform).</exception>
    public EncodedTrack ReadTrack(TrackLabel label)
    {
        Span<byte> prologue = stackalloc byte[TrackFile.PrologueBytes];
        Read(prologue);
        int length = BinaryPrimitives.ReadInt32LittleEndian(prologue[12..]);
        if (!prologue[..8].SequenceEqual(TrackFile.Magic) || BinaryPrimitives.ReadInt32LittleEndian(prologue[8..]) != TrackFile.Version || length is < 0 or > TrackFile.MaxBytes)
        {
            throw Damaged();
        }

        byte[] body = new byte[length];
        Read(body);
        return Checksum.Of(body) == BinaryPrimitives.ReadUInt32LittleEndian(prologue[16..]) ? TrackHeader.ToTrack(label, body) : throw Damaged();
    }

    /// <summary>Reads the next packet into an empty shell.</summary>
    /// <returns>False at the cut.</returns>
    /// <exception cref="MediaException">The file is damaged (class platform).</exception>
    public bool Read(MediaPacket packet)
    {
        if (_packets == until.Packets)
        {
            return _position == until.Bytes ? false : throw Damaged();
        }

        Span<byte> head = stackalloc byte[TrackFile.PacketHeadBytes];
        Read(head);
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        int sides = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        if (bytes is < 0 or > TrackFile.MaxBytes || sides is < 0 or > TrackFile.MaxSideData)
        {
            throw Damaged();
        }

        AVPacket* native = packet.Native;
        ffmpeg.av_new_packet(native, bytes).ThrowIfError("read the segments", ErrorClass.Resource);
        native->flags = BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
        native->pts = BinaryPrimitives.ReadInt64LittleEndian(head[16..]);
        native->dts = BinaryPrimitives.ReadInt64LittleEndian(head[24..]);
        native->duration = BinaryPrimitives.ReadInt64LittleEndian(head[32..]);
        uint sum = ReadSideData(native, sides, Checksum.Of(head[sizeof(uint)..]));
        var data = new Span<byte>(native->data, bytes);
        Read(data);
        _packets++;
        return Checksum.Of(data, sum) == BinaryPrimitives.ReadUInt32LittleEndian(head) ? true : throw Damaged();
    }

    private static MediaException Damaged() =>
        new(ErrorClass.Platform, "read the segments: what was encoded before is damaged; the disk of --work is not to be trusted, the job begins anew");

    private uint ReadSideData(AVPacket* packet, int count, uint sum)
    {
        Span<byte> head = stackalloc byte[TrackFile.SideHeadBytes];
        for (int i = 0; i < count; i++)
        {
            Read(head);
            int bytes = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
            if (bytes is < 0 or > TrackFile.MaxBytes)
            {
                throw Damaged();
            }

            byte* data = ffmpeg.av_packet_new_side_data(packet, (AVPacketSideDataType)BinaryPrimitives.ReadInt32LittleEndian(head), (ulong)bytes);
            if (data is null)
            {
                throw new MediaException(ErrorClass.Resource, "read the segments: no memory; free some memory or lower --slots");
            }

            var side = new Span<byte>(data, bytes);
            Read(side);
            sum = Checksum.Of(side, sum);
        }

        return sum;
    }

    private void Read(Span<byte> bytes)
    {
        if (bytes.Length > until.Bytes - _position)
        {
            throw Damaged();
        }

        while (bytes.Length > 0)
        {
            int count = RandomAccess.Read(file, bytes, _position);
            if (count == 0)
            {
                throw Damaged();
            }

            _position += count;
            bytes = bytes[count..];
        }
    }
}
