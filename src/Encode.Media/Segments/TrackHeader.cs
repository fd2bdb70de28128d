using System.Buffers.Binary;
using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Segments;

/// <summary>How the packets of a rendition's file are coded: all that a muxer needs to know, as bytes.</summary>
internal static unsafe class TrackHeader
{
    /// <summary>A description with its prologue.</summary>
    public static byte[] Of(EncodedTrack track)
    {
        using var body = new MemoryStream();
        using var writer = new BinaryWriter(body);
        writer.Write(track.Label.Timecode ?? string.Empty);
        foreach (long number in NumbersOf(track))
        {
            writer.Write(number);
        }

        AVCodecParameters* parameters = track.Parameters;
        Write(writer, parameters->extradata, parameters->extradata_size);
        writer.Write(parameters->nb_coded_side_data);
        for (int i = 0; i < parameters->nb_coded_side_data; i++)
        {
            AVPacketSideData side = parameters->coded_side_data[i];
            writer.Write((int)side.type);
            Write(writer, side.data, (int)side.size);
        }

        byte[] bytes = body.ToArray();
        byte[] whole = new byte[TrackFile.PrologueBytes + bytes.Length];
        TrackFile.Magic.CopyTo(whole);
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(8), TrackFile.Version);
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(12), bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(16), Checksum.Of(bytes));
        bytes.CopyTo(whole, TrackFile.PrologueBytes);
        return whole;
    }

    /// <summary>The track that a description is of; the caller owns it.</summary>
    public static EncodedTrack ToTrack(TrackLabel label, byte[] body)
    {
        using var reader = new BinaryReader(new MemoryStream(body));
        string timecode = reader.ReadString();
        TrackLabel labelled = timecode.Length > 0 ? label with { Timecode = timecode } : label;
        long[] numbers = new long[NumberCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = reader.ReadInt64();
        }

        var track = EncodedTrack.Empty(labelled, RationalOf(numbers, 0), RationalOf(numbers, 2));
        try
        {
            SetNumbers(track.Parameters, numbers);
            SetExtradata(track.Parameters, ReadBlock(reader));
            int count = reader.ReadInt32();
            for (int i = 0; i < count; i++)
            {
                AddSideData(track.Parameters, (AVPacketSideDataType)reader.ReadInt32(), ReadBlock(reader));
            }

            return track;
        }
        catch
        {
            track.Dispose();
            throw;
        }
    }

    /// <summary>Whether two tracks are coded alike: the packets of one may follow the other's under one header.</summary>
    public static bool AreAlike(EncodedTrack one, EncodedTrack other)
    {
        AVCodecParameters* first = one.Parameters;
        AVCodecParameters* second = other.Parameters;
        return NumbersOf(one).AsSpan().SequenceEqual(NumbersOf(other))
            && new ReadOnlySpan<byte>(first->extradata, first->extradata_size).SequenceEqual(new ReadOnlySpan<byte>(second->extradata, second->extradata_size));
    }

    private const int NumberCount = 23;

    private static long[] NumbersOf(EncodedTrack track)
    {
        AVCodecParameters* parameters = track.Parameters;
        return
        [
            track.TimeBase.num, track.TimeBase.den, track.FrameRate.num, track.FrameRate.den,
            (long)parameters->codec_type, (long)parameters->codec_id, parameters->format, parameters->bit_rate,
            parameters->bits_per_coded_sample, parameters->bits_per_raw_sample, parameters->profile, parameters->level,
            parameters->width, parameters->height, parameters->sample_aspect_ratio.num, parameters->sample_aspect_ratio.den,
            (long)parameters->field_order, (long)parameters->color_range, (long)parameters->color_primaries, (long)parameters->color_trc,
            (long)parameters->color_space, (long)parameters->chroma_location, parameters->video_delay,
        ];
    }

    private static void SetNumbers(AVCodecParameters* parameters, long[] numbers)
    {
        parameters->codec_type = (AVMediaType)numbers[4];
        parameters->codec_id = (AVCodecID)numbers[5];
        parameters->format = (int)numbers[6];
        parameters->bit_rate = numbers[7];
        parameters->bits_per_coded_sample = (int)numbers[8];
        parameters->bits_per_raw_sample = (int)numbers[9];
        parameters->profile = (int)numbers[10];
        parameters->level = (int)numbers[11];
        parameters->width = (int)numbers[12];
        parameters->height = (int)numbers[13];
        parameters->sample_aspect_ratio = RationalOf(numbers, 14);
        parameters->framerate = RationalOf(numbers, 2);
        parameters->field_order = (AVFieldOrder)numbers[16];
        parameters->color_range = (AVColorRange)numbers[17];
        parameters->color_primaries = (AVColorPrimaries)numbers[18];
        parameters->color_trc = (AVColorTransferCharacteristic)numbers[19];
        parameters->color_space = (AVColorSpace)numbers[20];
        parameters->chroma_location = (AVChromaLocation)numbers[21];
        parameters->video_delay = (int)numbers[22];
    }

    private static AVRational RationalOf(long[] numbers, int index) => new() { num = (int)numbers[index], den = (int)numbers[index + 1] };

    private static void SetExtradata(AVCodecParameters* parameters, byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return;
        }

        parameters->extradata = (byte*)ffmpeg.av_mallocz((ulong)(bytes.Length + ffmpeg.AV_INPUT_BUFFER_PADDING_SIZE));
        ThrowIfNull(parameters->extradata);
        bytes.CopyTo(new Span<byte>(parameters->extradata, bytes.Length));
        parameters->extradata_size = bytes.Length;
    }

    private static void AddSideData(AVCodecParameters* parameters, AVPacketSideDataType type, byte[] bytes)
    {
        var data = (byte*)ffmpeg.av_mallocz((ulong)Math.Max(1, bytes.Length));
        ThrowIfNull(data);
        bytes.CopyTo(new Span<byte>(data, bytes.Length));
        if (ffmpeg.av_packet_side_data_add(&parameters->coded_side_data, &parameters->nb_coded_side_data, type, data, (ulong)bytes.Length, 0) is null)
        {
            ffmpeg.av_free(data);
            ThrowIfNull(null);
        }
    }

    private static void ThrowIfNull(void* memory)
    {
        if (memory is null)
        {
            throw new MediaException(ErrorClass.Resource, "read the segments: no memory; free some memory or lower --slots");
        }
    }

    private static void Write(BinaryWriter writer, byte* data, int bytes)
    {
        writer.Write(bytes);
        writer.Write(new ReadOnlySpan<byte>(data, bytes));
    }

    private static byte[] ReadBlock(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());
}
