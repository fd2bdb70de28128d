using Encode.Contracts.Jobs;
using Encode.Media.Pipeline;

namespace Encode.Agent.Output;

/// <summary>
/// Puts a job's result together from what the cell measured and what the supervisor did. Seconds and factors are rounded to thousandths
/// and milliseconds to tenths: more digits are noise, and hard to read.
/// </summary>
internal static class Results
{
    private const int Thousandths = 3;
    private const int Tenths = 1;

    /// <param name="result">The cell's figures.</param>
    /// <param name="made">The checked outputs.</param>
    /// <param name="urls">Where their files go.</param>
    /// <param name="elapsedSeconds">Wall-clock time of the attempt.</param>
    /// <param name="firstFrameMilliseconds">From taking the job to the first frame in the encoder.</param>
    /// <param name="stages">Times of the supervisor's own stages.</param>
    internal static JobResult Of(
        TranscodeResult result, SealedOutput made, IReadOnlyList<string> urls, double elapsedSeconds, double? firstFrameMilliseconds, IEnumerable<StageTime> stages) => new()
        {
            Files = [.. urls.Zip(made.Files).Where(pair => pair.Second.IsUsed).Select(pair => new JobFile(pair.First, pair.Second.Bytes, pair.Second.Sha256))],
            Frames = result.Frames,
            DurationSeconds = result.DurationSeconds,
            Width = result.Width,
            Height = result.Height,
            FrameRate = result.FrameRate,
            Encoder = result.Encoder,
            ElapsedSeconds = Math.Round(elapsedSeconds, Thousandths),
            RealTimeFactor = Math.Round(result.RealTimeFactor, Thousandths),
            FirstFrameMilliseconds = firstFrameMilliseconds is { } first ? Math.Round(first, Tenths) : null,
            Stages = [.. stages.Concat(result.Stages).Append(new StageTime("verify", made.VerifySeconds)).Select(Rounded)],
            Notes = result.Notes,
        };

    private static StageTime Rounded(StageTime stage) => stage with { Seconds = Math.Round(stage.Seconds, Thousandths) };
}
