using Encode.Contracts.Jobs;

namespace Encode.Master.Api;

/// <summary>How far a job is.</summary>
/// <param name="Frames">Video frames encoded.</param>
/// <param name="ExpectedFrames">Video frames expected in all, where known.</param>
/// <param name="Fps">Frames a second over the whole attempt.</param>
/// <param name="OutSeconds">Length of what is encoded, in seconds.</param>
/// <param name="Percent">From 0 to 100, where the number of frames is known.</param>
/// <param name="Bytes">Bytes in the output.</param>
public sealed record ProgressView(long Frames, long? ExpectedFrames, double Fps, double OutSeconds, double? Percent, long Bytes)
{
    /// <summary>A progress as users see it.</summary>
    public static ProgressView? Of(JobProgress? progress) => progress is null ? null : new ProgressView(
        progress.Frames,
        progress.ExpectedFrames,
        Math.Round(progress.FramesPerSecond, 1),
        Math.Round(progress.OutputSeconds, 2),
        progress.ExpectedFrames is > 0 ? Math.Round(Math.Min(100, 100.0 * progress.Frames / progress.ExpectedFrames.Value), 1) : null,
        progress.BytesWritten);
}
