using System.Globalization;
using Encode.Bench.Compare;
using Encode.Bench.Jobs;
using Encode.Bench.Processes;
using Encode.Contracts.Scenarios;

namespace Encode.Bench.Quality;

/// <summary>The PSNR of what a job made, where an ffmpeg is at hand to measure it.</summary>
internal static class OutputQuality
{
    /// <summary>Measures the first rendition of a job that has run.</summary>
    /// <param name="job">The job; its output is still there.</param>
    /// <param name="outcome">How it went.</param>
    /// <param name="ffmpeg">The program; null where there is none.</param>
    /// <param name="group">What ends it if nobody else does.</param>
    /// <param name="scratch">A folder for its messages.</param>
    /// <returns>PSNR in dB; null without an ffmpeg, or where it cannot tell.</returns>
    public static double? Psnr(EncodeJob job, EncodeOutcome outcome, string? ffmpeg, ChildGroup group, string scratch)
    {
        if (ffmpeg is null)
        {
            return null;
        }

        string rate = outcome.FrameRate.ToString();
        string size = string.Create(CultureInfo.InvariantCulture, $"{outcome.Width}x{outcome.Height}");
        Tool tool = new(ffmpeg, group, scratch);
        return job.Input is { } input
            ? PictureQuality.Psnr(tool, job.Outputs[0], InputOf(job.Settings, input), $"fps={rate},scale={size.Replace('x', ':')}:flags=bicubic,format=yuv420p", outcome.FrameRate)
            : PictureQuality.Psnr(tool, job.Outputs[0], ["-f", "lavfi", "-i", $"testsrc2=size={size}:rate={rate}"], "format=yuv420p", outcome.FrameRate);
    }

    private static string[] InputOf(EncodeSettings settings, string input) => settings.InputSeconds is { } seconds
        ? ["-t", seconds.ToString(CultureInfo.InvariantCulture), "-i", input]
        : ["-i", input];
}
