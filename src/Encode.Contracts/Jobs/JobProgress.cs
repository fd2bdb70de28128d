using System.Text.Json.Serialization;

namespace Encode.Contracts.Jobs;

/// <summary>How far an attempt is. A hint: any of these may be lost.</summary>
/// <param name="Frames">Video frames encoded.</param>
/// <param name="ExpectedFrames">Video frames expected in all, where known.</param>
/// <param name="FramesPerSecond">Speed over the whole attempt.</param>
/// <param name="OutputSeconds">Length of what is encoded, in seconds.</param>
/// <param name="BytesWritten">Bytes in the output.</param>
public sealed record JobProgress(long Frames, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? ExpectedFrames, double FramesPerSecond, double OutputSeconds, long BytesWritten)
{
    /// <summary>Which run over the source this is, from 1, where a job makes several; frames count anew in each.</summary>
    public int? Pass { get; init; }

    /// <summary>How many runs over the source there are: a first of two passes, the encode, the measuring of its quality. Null is one.</summary>
    public int? Passes { get; init; }

    /// <summary>Part of the job that is done, from 0 to 1, counting all runs as equal; null where the number of frames is not known.</summary>
    [JsonIgnore]
    public double? Share => ExpectedFrames is > 0
        ? ((Pass ?? 1) - 1 + Math.Clamp((double)Frames / ExpectedFrames.Value, 0, 1)) / Math.Max(1, Passes ?? 1)
        : null;
}
