using System.Globalization;

namespace Encode.Master.Metrics;

/// <summary>What the process itself uses, under the names that every Prometheus client gives them.</summary>
internal static class ProcessMetrics
{
    private static readonly double StartSeconds = StartOfProcess();
    private static readonly double? MostDescriptors = ReadLimit();

    /// <summary>Writes the process's metrics. What <c>/proc</c> does not tell is left out.</summary>
    public static void Write(ExpositionWriter writer)
    {
        writer.Single("process_cpu_seconds_total", MetricType.Counter, "Processor time used, user and system.", Environment.CpuUsage.TotalTime.TotalSeconds);
        writer.Single("process_start_time_seconds", MetricType.Gauge, "When the process started, in seconds since 1970.", StartSeconds);
        if (ReadMemory() is { } memory)
        {
            writer.Single("process_virtual_memory_bytes", MetricType.Gauge, "Address space.", memory.Virtual);
            writer.Single("process_resident_memory_bytes", MetricType.Gauge, "Memory that is resident.", memory.Resident);
        }

        if (Directory.Exists("/proc/self/fd"))
        {
            writer.Single("process_open_fds", MetricType.Gauge, "Open file descriptors.", new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count());
        }

        if (MostDescriptors is { } limit)
        {
            writer.Single("process_max_fds", MetricType.Gauge, "File descriptors that may be open.", limit);
        }
    }

    // proc(5): the 22nd field of stat, in hundredths of a second since the host started; the 2nd is in brackets and may hold anything.
    private static double StartOfProcess()
    {
        double now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        if (!File.Exists("/proc/self/stat"))
        {
            return now;
        }

        const int fieldBehindBrackets = 22 - 3;
        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        double started = double.Parse(fields[fieldBehindBrackets], CultureInfo.InvariantCulture) / 100;
        double uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        return Math.Round(now - (uptime - started), 2);
    }

    private static (double Virtual, double Resident)? ReadMemory()
    {
        const string file = "/proc/self/statm";
        if (!File.Exists(file))
        {
            return null;
        }

        string[] pages = File.ReadAllText(file).Split(' ');
        return (double.Parse(pages[0], CultureInfo.InvariantCulture) * Environment.SystemPageSize, double.Parse(pages[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
    }

    private static double? ReadLimit()
    {
        const string file = "/proc/self/limits";
        const string row = "Max open files";
        string? line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(text => text.StartsWith(row, StringComparison.Ordinal)) : null;
        string soft = line?[row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0] ?? "";
        return double.TryParse(soft, CultureInfo.InvariantCulture, out double limit) ? limit : null;
    }
}
