using System.Buffers.Binary;
using Encode.Media.Frames;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Lines and columns that a container hides: <c>clap</c> of an MP4, <c>PixelCrop</c> of Matroska. They are no part of the picture for anything that
/// comes after the decoder.
/// </summary>
/// <param name="Top">Lines above.</param>
/// <param name="Bottom">Lines below.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Right">Columns to the right.</param>
internal readonly record struct ContainerCropping(uint Top, uint Bottom, uint Left, uint Right)
{
    // AV_FRAME_CROP_UNALIGNED of frame.h, which is in an enumeration without a name.
    private const int Unaligned = 1;

    /// <summary>Reads a stream's: four numbers of 32 bits, little-endian (<c>AV_PKT_DATA_FRAME_CROPPING</c>, packet.h).</summary>
    public static unsafe ContainerCropping Of(AVCodecParameters* parameters)
    {
        AVPacketSideData* data = ffmpeg.av_packet_side_data_get(
            parameters->coded_side_data, parameters->nb_coded_side_data, AVPacketSideDataType.AV_PKT_DATA_FRAME_CROPPING);
        if (data is null || data->size < 4 * sizeof(uint))
        {
            return default;
        }

        ReadOnlySpan<byte> bytes = new(data->data, 4 * sizeof(uint));
        return new(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
    }

    /// <summary>
    /// Whether a stream's pixel aspect is no more than what libavformat made of an MP4's size of the track, which is that of the whole picture only where
    /// nothing is hidden (mov.c).
    /// </summary>
    public unsafe bool MakesAspect(AVStream* stream)
    {
        AVRational aspect = stream->sample_aspect_ratio;
        double width = stream->codecpar->width;
        double height = stream->codecpar->height;
        double made = (width - Left - Right) * height / ((height - Top - Bottom) * width);
        return this != default && aspect.den > 0 && Math.Abs(((double)aspect.num / aspect.den / made) - 1) < 0.001;
    }

    /// <summary>Hides them of a decoded picture in memory; nothing is copied. One that would leave nothing is of another picture and is left out.</summary>
    public unsafe void Apply(MediaFrame frame)
    {
        AVFrame* native = frame.Native;
        if (this == default || (ulong)Top + Bottom >= (ulong)native->height || (ulong)Left + Right >= (ulong)native->width)
        {
            return;
        }

        if (Top % 2 != 0 && PictureForm.IsInterlaced(native))
        {
            // The line that is the first one now is of the other field.
            native->flags ^= ffmpeg.AV_FRAME_FLAG_TOP_FIELD_FIRST;
        }

        native->crop_top += Top;
        native->crop_bottom += Bottom;
        native->crop_left += Left;
        native->crop_right += Right;
        ffmpeg.av_frame_apply_cropping(native, Unaligned).ThrowIfError("decode the picture");
    }
}
