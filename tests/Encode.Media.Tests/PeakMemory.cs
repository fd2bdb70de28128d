using System.Globalization;

namespace Encode.Media.Tests;

/// <summary>The most memory that this process had resident, native memory included; the kernel counts it.</summary>
internal static class PeakMemory
{
    private const string Restarting = "/proc/self/clear_refs";

    /// <summary>Starts the count anew.</summary>
    /// <returns>What is resident now, in bytes.</returns>
    public static long Restart()
    {
        Assert.SkipUnless(File.Exists(Restarting), $"{Restarting} is not there to restart the count of memory");
        GC.Collect();
        // proc(5): 5 sets the peak back to what is resident now.
        File.WriteAllText(Restarting, "5");
        return Now();
    }

    /// <summary>The peak in bytes.</summary>
    public static long Now()
    {
        string line = File.ReadLines("/proc/self/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
