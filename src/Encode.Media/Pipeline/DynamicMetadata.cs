using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// HDR metadata that changes from scene to scene: HDR10+, HDR Vivid and Dolby Vision's. It describes the source's own samples at the source's own size and
/// grading, and no encoder here writes it, so it is dropped and the result says so. The picture is whole without it.
/// </summary>
internal static unsafe class DynamicMetadata
{
    private static readonly (AVFrameSideDataType Type, string Name)[] Kinds =
    [
        (AVFrameSideDataType.AV_FRAME_DATA_DYNAMIC_HDR_PLUS, "HDR10+"),
        (AVFrameSideDataType.AV_FRAME_DATA_DYNAMIC_HDR_VIVID, "HDR Vivid"),
        (AVFrameSideDataType.AV_FRAME_DATA_DOVI_RPU_BUFFER, DolbyVision.Name),
        (AVFrameSideDataType.AV_FRAME_DATA_DOVI_METADATA, DolbyVision.Name),
    ];

    /// <summary>A sentence for each kind that a picture carries.</summary>
    public static IEnumerable<string> NotesOn(AVFrame* frame)
    {
        var notes = new List<string>();
        foreach ((AVFrameSideDataType type, string name) in Kinds)
        {
            if (ffmpeg.av_frame_get_side_data(frame, type) is not null)
            {
                notes.Add(NoteOn(name));
            }
        }

        return notes.Distinct();
    }

    /// <summary>The sentence on a kind.</summary>
    public static string NoteOn(string name) => $"The {name} dynamic metadata of the picture was left out.";

    /// <summary>Takes it off a picture.</summary>
    public static void Remove(AVFrame* frame)
    {
        foreach ((AVFrameSideDataType type, _) in Kinds)
        {
            ffmpeg.av_frame_remove_side_data(frame, type);
        }
    }
}
