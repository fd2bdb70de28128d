using System.Globalization;

namespace Encode.Media.Hardware;

/// <summary>What Linux says about the host.</summary>
internal static class HostFacts
{
    /// <summary>Name of the processor; <c>unknown</c> where the kernel does not tell.</summary>
    public static string CpuName() => Find("/proc/cpuinfo", "model name") ?? "unknown";

    /// <summary>Memory of the host in bytes.</summary>
    public static long MemoryBytes()
    {
        string? total = Find("/proc/meminfo", "MemTotal");
        return total is not null && long.TryParse(total.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes)
            ? kibibytes * 1024
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    private static string? Find(string file, string key)
    {
        try
        {
            foreach (string line in File.ReadLines(file))
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0 && line.AsSpan(0, colon).Trim().SequenceEqual(key))
                {
                    return line[(colon + 1)..].Trim();
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A host that hides /proc still encodes.
        }

        return null;
    }
}
