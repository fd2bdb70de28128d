using System.Diagnostics;
using Encode.Media;
using Encode.Media.IO;
using Encode.Media.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace Encode.Bench.Jobs;

/// <summary>Runs one job in this process and measures it: files opened and transcoded. Check and quality of the output come after the measured time.</summary>
internal static class JobRun
{
    /// <summary>Runs a job to its end.</summary>
    /// <param name="job">What to make.</param>
    /// <param name="observer">Hears how it goes.</param>
    /// <param name="check">Whether the output is read back and checked, as the agent does before it publishes.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="MediaException">It cannot be done.</exception>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    public static EncodeOutcome Run(EncodeJob job, ITranscodeObserver observer, bool check, CancellationToken cancel)
    {
        MediaRuntime.Initialize();
        List<SafeFileHandle> outputs = [];
        try
        {
            TimeSpan processorBefore = Environment.CpuUsage.TotalTime;
            long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
            long began = Stopwatch.GetTimestamp();
            using MediaInput? input = job.Input is null ? null : new FileInput(File.OpenHandle(job.Input));
            outputs.AddRange(job.Outputs.Select(path => File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite)));
            TranscodeRequest request = new() { Settings = job.Settings with { Quality = false }, Input = input, Outputs = outputs, Threads = job.Threads };
            TranscodeResult result = Transcoder.Run(request, observer, cancel);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            double processor = (Environment.CpuUsage.TotalTime - processorBefore).TotalSeconds;
            long allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
            EncodeOutcome outcome = EncodeOutcome.Of(result, seconds, processor, allocated);
            if (check)
            {
                OutputVerifier.Verify(outputs, result, cancel);
            }

            if (!job.Settings.Quality)
            {
                return outcome;
            }

            RenditionResult measured = Transcoder.Measure(request, result, observer, cancel)[0];
            return outcome with { Psnr = measured.Psnr?.All, Ssim = measured.Ssim?.All };
        }
        finally
        {
            outputs.ForEach(output => output.Dispose());
        }
    }
}
