using System.Text.Json.Serialization;

namespace Encode.Contracts.Jobs;

/// <summary>How far an attempt is. A hint: any of these may be lost.</summary>
/// <param name="Frames">Video frames encoded.</param>
/// <param name="ExpectedFrames">Video frames expected in all, where known.</param>
/// <param name="FramesPerSecond">Speed over the whole attempt.</param>
/// <param name="OutputSeconds">Length of what is encoded, in seconds.</param>
/// <param name="BytesWritten">Bytes in the output.</param>
public sealed record JobProgress(long Frames, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? ExpectedFrames, double FramesPerSecond, double OutputSeconds, long BytesWritten);
