using System.Globalization;
using System.Runtime.InteropServices;
using Encode.Media.Libav;

namespace Encode.Media.Pipeline;

/// <summary>What the kernel and the runtime know of this process and its threads.</summary>
internal static class ProcessFigures
{
    private const string StatusFile = "/proc/self/status";
    private const string PeakLabel = "VmHWM:";
    private const string ClearFile = "/proc/self/clear_refs";

    /// <summary>What is written to <see cref="ClearFile"/> to count the peak anew (proc(5)).</summary>
    private static readonly byte[] ResetPeak = "5"u8.ToArray();

    private const int ThreadCpuClock = 3; // CLOCK_THREAD_CPUTIME_ID of time.h

    /// <summary>Processor time of the calling thread, in seconds.</summary>
    public static double ThreadCpuSeconds => clock_gettime(ThreadCpuClock, out TimeSpec time) == 0 ? time.Seconds + (time.Nanoseconds / 1e9) : 0;

    /// <summary>Processor time of the process, in seconds.</summary>
    public static double CpuSeconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Most resident memory of the process since <see cref="RestartPeaks"/>, in bytes; null where there is no /proc.</summary>
    // Not getrusage: its maximum counts what the process was before exec, and cannot be restarted.
    public static long? PeakResidentBytes
    {
        get
        {
            try
            {
                string? line = File.ReadLines(StatusFile).FirstOrDefault(line => line.StartsWith(PeakLabel, StringComparison.Ordinal));
                return line is null ? null : long.Parse(line.AsSpan(PeakLabel.Length).TrimEnd("kB "), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) * 1024;
            }
            catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Counts the peaks of memory anew. Where the kernel does not let us, the resident one stays that of the whole process.</summary>
    public static void RestartPeaks()
    {
        PictureMemory.RestartPeak();
        try
        {
            using FileStream clear = new(ClearFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            clear.Write(ResetPeak);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // No /proc, or a kernel without page monitoring.
        }
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out TimeSpec time);

    /// <summary><c>struct timespec</c> on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
