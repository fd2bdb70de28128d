using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// How a coded picture is to be turned before it is shown: one of the eight ways a rectangle can lie. Read from a display matrix
/// (ISO/IEC 14496-12, 8.2.2), which maps a point (x, y) with y downwards to (a·x + c·y, b·x + d·y).
/// </summary>
/// <param name="Filter">
/// The filters that apply it, in libav's graph syntax; empty for none. None of them ends in <c>vflip</c>, which only points at the last
/// line and counts backwards: SVT-AV1 refuses such a picture. A flip of columns before and after it, or instead, makes a picture of its own.
/// </param>
/// <param name="SwapsSides">Whether width and height change places.</param>
internal readonly record struct Orientation(string Filter, bool SwapsSides)
{
    /// <summary>Shown as coded.</summary>
    public static readonly Orientation Upright = new(string.Empty, false);

    /// <summary>Reads the display matrix that a decoded picture carries, from the bitstream's own messages (H.264 and HEVC have one).</summary>
    public static unsafe Orientation Of(AVFrame* frame)
    {
        AVFrameSideData* data = ffmpeg.av_frame_get_side_data(frame, AVFrameSideDataType.AV_FRAME_DATA_DISPLAYMATRIX);
        return data is null ? Upright : FromMatrix(data->data, (long)data->size);
    }

    /// <summary>Reads a container's display matrix.</summary>
    public static unsafe Orientation Of(AVCodecParameters* parameters)
    {
        AVPacketSideData* data = ffmpeg.av_packet_side_data_get(
            parameters->coded_side_data, parameters->nb_coded_side_data, AVPacketSideDataType.AV_PKT_DATA_DISPLAYMATRIX);
        return data is null ? Upright : FromMatrix(data->data, (long)data->size);
    }

    private static unsafe Orientation FromMatrix(byte* data, long bytes)
    {
        var matrix = (int*)data;
        return bytes < 9 * sizeof(int) ? Upright : FromMatrix(matrix[0], matrix[1], matrix[3], matrix[4]);
    }

    /// <summary>Reads a display matrix's four turning parts; a matrix between two quarter turns counts as the nearer one.</summary>
    public static Orientation FromMatrix(int a, int b, int c, int d)
    {
        bool straight = Math.Abs((long)a) + Math.Abs((long)d) >= Math.Abs((long)b) + Math.Abs((long)c);
        return straight
            ? (a < 0, d < 0) switch
            {
                (false, false) => Upright,
                (true, true) => new("vflip,hflip", false),
                (true, false) => new("hflip", false),
                (false, true) => new("hflip,vflip,hflip", false),
            }
            : (b < 0, c < 0) switch
            {
                (false, true) => new("transpose=clock", true),
                (true, false) => new("transpose=cclock", true),
                (false, false) => new("transpose=cclock_flip", true),
                (true, true) => new("transpose=clock_flip", true),
            };
    }
}
