using System.Buffers.Binary;
using Encode.Media.Libav;
using FFmpeg.AutoGen;
using Microsoft.Win32.SafeHandles;

namespace Encode.Media.Segments;

/// <summary>Appends packets to a rendition's file, and remembers where its last key frames stand in it. Used by the thread of the segments alone.</summary>
internal sealed unsafe class TrackWriter
{
    /// <summary>Bytes that are gathered before a write: one write a few pictures at 4K bitrates.</summary>
    private const int BufferBytes = 512 << 10;

    /// <summary>Key frames that are remembered: how far renditions may lie apart, which the queues and lookaheads between them bound to a few GOPs.</summary>
    private const int Remembered = 64;

    private readonly SafeFileHandle _file;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private readonly KeyFrame[] _keys = new KeyFrame[Remembered];
    private long _keyCount;
    private long _position;
    private int _buffered;
    private long _packets;

    /// <summary>Begins a file anew, or behind a cut.</summary>
    public TrackWriter(SafeFileHandle file, SegmentCut.Track? behind)
    {
        _file = file;
        _position = behind?.Bytes ?? 0;
        _packets = behind?.Packets ?? 0;
        RandomAccess.SetLength(file, _position);
    }

    /// <summary>Whether nothing is in it yet, not even how it is coded.</summary>
    public bool IsEmpty => _position == 0 && _buffered == 0;

    /// <summary>A key frame and what lies before it.</summary>
    /// <param name="Time">In nanoseconds from the start of the output.</param>
    /// <param name="Pts">In the encoder's time base.</param>
    /// <param name="Bytes">Length of the file before it.</param>
    /// <param name="Packets">Packets before it.</param>
    public readonly record struct KeyFrame(long Time, long Pts, long Bytes, long Packets);

    /// <summary>Writes how the packets are coded; before the first one.</summary>
    public void Begin(EncodedTrack track) => Put(TrackHeader.Of(track));

    /// <summary>Appends a packet.</summary>
    /// <returns>Whether it is a key frame.</returns>
    public bool Append(AVPacket* packet, AVRational timeBase)
    {
        bool isKey = (packet->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0;
        if (isKey)
        {
            _keys[_keyCount++ % Remembered] = new(TimeBases.ToNanoseconds(packet->pts, timeBase), packet->pts, _position + _buffered, _packets);
        }

        Span<byte> head = stackalloc byte[TrackFile.PacketHeadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], packet->size);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], packet->side_data_elems);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], packet->flags);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], packet->pts);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], packet->dts);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], packet->duration);
        var data = new ReadOnlySpan<byte>(packet->data, packet->size);
        BinaryPrimitives.WriteUInt32LittleEndian(head, ChecksumOf(head, packet, data));
        Put(head);
        PutSideData(packet);
        Put(data);
        _packets++;
        return isKey;
    }

    /// <summary>The remembered key frame at a time; null where there is none within half a millisecond, less than any two pictures lie apart.</summary>
    public KeyFrame? KeyAt(long time)
    {
        for (long i = Math.Max(0, _keyCount - Remembered); i < _keyCount; i++)
        {
            if (Math.Abs(_keys[i % Remembered].Time - time) < TimeBases.Second / 2000)
            {
                return _keys[i % Remembered];
            }
        }

        return null;
    }

    /// <summary>Brings everything onto the disk.</summary>
    public void Flush()
    {
        WriteBuffer();
        RandomAccess.FlushToDisk(_file);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> head, AVPacket* packet, ReadOnlySpan<byte> data)
    {
        uint sum = Checksum.Of(head[sizeof(uint)..]);
        for (int i = 0; i < packet->side_data_elems; i++)
        {
            sum = Checksum.Of(new ReadOnlySpan<byte>(packet->side_data[i].data, (int)packet->side_data[i].size), sum);
        }

        return Checksum.Of(data, sum);
    }

    private void PutSideData(AVPacket* packet)
    {
        Span<byte> head = stackalloc byte[TrackFile.SideHeadBytes];
        for (int i = 0; i < packet->side_data_elems; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head, (int)packet->side_data[i].type);
            BinaryPrimitives.WriteInt32LittleEndian(head[4..], (int)packet->side_data[i].size);
            Put(head);
            Put(new ReadOnlySpan<byte>(packet->side_data[i].data, (int)packet->side_data[i].size));
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _buffered)
        {
            WriteBuffer();
        }

        if (bytes.Length > _buffer.Length)
        {
            RandomAccess.Write(_file, bytes, _position);
            _position += bytes.Length;
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    private void WriteBuffer()
    {
        RandomAccess.Write(_file, _buffer.AsSpan(0, _buffered), _position);
        _position += _buffered;
        _buffered = 0;
    }
}
