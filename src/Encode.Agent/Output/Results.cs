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
    private const int Millionths = 6;

    /// <param name="result">The cell's figures.</param>
    /// <param name="made">The checked outputs.</param>
    /// <param name="urls">Where their files go.</param>
    /// <param name="elapsedSeconds">Wall-clock time of the attempt.</param>
    /// <param name="firstFrameMilliseconds">From taking the job to the first frame in the encoder.</param>
    /// <param name="stages">Times of the supervisor's own stages.</param>
    internal static JobResult Of(
        TranscodeResult result, SealedOutput made, IReadOnlyList<string> urls, double elapsedSeconds, double? firstFrameMilliseconds, IEnumerable<StageProfile> stages) => new()
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
            BoundBy = result.BoundBy,
            Renditions = [.. result.Renditions.Select(Rounded)],
            Resources = result.Resources is { } use ? use with { CpuSeconds = Rounded(use.CpuSeconds) } : null,
            Stages = [.. stages.Concat(result.Stages).Append(new StageProfile("verify", made.VerifySeconds)).Select(Rounded)],
            Notes = result.Notes,
        };

    private static JobRendition Rounded(RenditionResult rendition) => rendition with
    {
        Psnr = rendition.Psnr is { } psnr ? Rounded(psnr, Thousandths) : null,
        Ssim = rendition.Ssim is { } ssim ? Rounded(ssim, Millionths) : null,
    };

    private static StageProfile Rounded(StageProfile stage) => stage with
    {
        Seconds = Math.Round(stage.Seconds, Thousandths),
        InputWaitSeconds = Rounded(stage.InputWaitSeconds),
        OutputWaitSeconds = Rounded(stage.OutputWaitSeconds),
        CpuSeconds = Rounded(stage.CpuSeconds),
        FrameP50Milliseconds = Rounded(stage.FrameP50Milliseconds),
        FrameP99Milliseconds = Rounded(stage.FrameP99Milliseconds),
        QueueDepthMean = Rounded(stage.QueueDepthMean),
    };

    private static PlaneFigures Rounded(PlaneFigures figures, int digits) =>
        new(Rounded(figures.Y, digits), Rounded(figures.U, digits), Rounded(figures.V, digits), Rounded(figures.All, digits));

    private static double? Rounded(double? figure, int digits = Thousandths) => figure is { } number ? Math.Round(number, digits) : null;
}
