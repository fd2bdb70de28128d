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
    /// <summary>Which run over the source this is, from 1, where there are several; frames count anew in each.</summary>
    public int? Pass { get; init; }

    /// <summary>How many runs there are.</summary>
    public int? Passes { get; init; }

    /// <summary>A progress as users see it.</summary>
    public static ProgressView? Of(JobProgress? progress)
    {
        if (progress is null)
        {
            return null;
        }

        double? percent = progress.Share is { } share ? Math.Round(100 * Math.Clamp(share, 0, 1), 1) : null;
        return new(progress.Frames, progress.ExpectedFrames, Math.Round(progress.FramesPerSecond, 1), Math.Round(progress.OutputSeconds, 2), percent, progress.BytesWritten)
        {
            Pass = progress.Pass,
            Passes = progress.Passes,
        };
    }
}
