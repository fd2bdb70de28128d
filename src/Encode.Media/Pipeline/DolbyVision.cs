using Encode.Contracts.Jobs;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// What a container says about Dolby Vision, and where it says nothing, the pictures themselves. Most profiles have a base layer that any HDR10, HLG or
/// SDR player shows right: it is encoded, and the configuration record is left behind with the metadata it speaks of. Profile 5, and 10 without a
/// compatible base layer, code their colours in a space that only Dolby's own processing turns back; decoded plainly the picture is green and violet.
/// </summary>
internal static unsafe class DolbyVision
{
    /// <summary>What it is called in sentences.</summary>
    public const string Name = "Dolby Vision";

    private const int IncompatibleProfile = 5;
    private const int Av1Profile = 10;

    // Places in libav's AVDOVIDecoderConfigurationRecord, a byte each since it was added; its header is not among those that the bindings are made from.
    private const int ProfilePlace = 2;
    private const int CompatibilityPlace = 7;

    // Places in libav's AVDOVIMetadata: it begins with where its header is, and that has these at (dovi_meta.h).
    private const int HeaderOffsetBytes = 8;
    private const int RpuProfilePlace = 4;
    private const int FullRangePlace = 10;

    /// <summary>
    /// Reads the metadata of a decoded picture: a bare stream, and a copy into a container that lost the record, have nothing else. What it says of the
    /// profile is libavcodec's own guess (ff_dovi_guess_profile_hevc): only profile 5 has a base layer of full range.
    /// </summary>
    /// <exception cref="MediaException">Its base layer cannot be shown (class settings).</exception>
    public static void Check(AVFrame* frame)
    {
        AVFrameSideData* data = ffmpeg.av_frame_get_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_DOVI_METADATA);
        if (data is null || data->size < HeaderOffsetBytes)
        {
            return;
        }

        ulong header = *(ulong*)data->data;
        if (header < data->size && data->size - header > FullRangePlace && data->data[header + RpuProfilePlace] == 0 && data->data[header + FullRangePlace] != 0)
        {
            throw Incompatible(IncompatibleProfile);
        }
    }

    /// <summary>Reads a video stream's record.</summary>
    /// <returns>A sentence on what is left out; null when it is no Dolby Vision.</returns>
    /// <exception cref="MediaException">Its base layer cannot be shown (class settings).</exception>
    public static string? Check(AVCodecParameters* parameters)
    {
        AVPacketSideData* data = ffmpeg.av_packet_side_data_get(
            parameters->coded_side_data, parameters->nb_coded_side_data, AVPacketSideDataType.AV_PKT_DATA_DOVI_CONF);
        if (data is null || (int)data->size <= CompatibilityPlace)
        {
            return null;
        }

        int profile = data->data[ProfilePlace];
        if (profile == IncompatibleProfile || (profile == Av1Profile && data->data[CompatibilityPlace] == 0))
        {
            throw Incompatible(profile);
        }

        return DynamicMetadata.NoteOn(Name);
    }

    private static MediaException Incompatible(int profile) => new(
        ErrorClass.Settings,
        $"encode the picture: the source is {Name} profile {profile}, whose colours only {Name} decoders understand; use a version of it with an HDR10, HLG or SDR base layer");
}
