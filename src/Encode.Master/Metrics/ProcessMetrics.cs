using System.Globalization;

namespace Encode.Master.Metrics;

/// <summary>What the process itself uses, under the names that every Prometheus client gives them.</summary>
internal static class ProcessMetrics
{
    private static readonly double? StartSeconds = StartOfProcess();
    private static readonly double? MostDescriptors = ReadLimit();

    /// <summary>Writes the process's metrics. What <c>/proc</c> does not tell is left out.</summary>
    public static void Write(ExpositionWriter writer)
    {
        writer.Single("process_cpu_seconds_total", MetricType.Counter, "Processor time used, user and system.", Environment.CpuUsage.TotalTime.TotalSeconds);
        if (StartSeconds is { } start)
        {
            writer.Single("process_start_time_seconds", MetricType.Gauge, "When the process started, in seconds since 1970.", start);
        }

        if (ReadMemory() is { } memory)
        {
            writer.Single("process_virtual_memory_bytes", MetricType.Gauge, "Address space.", memory.Virtual);
            writer.Single("process_resident_memory_bytes", MetricType.Gauge, "Memory that is resident.", memory.Resident);
        }

        if (CountDescriptors() is { } open)
        {
            writer.Single("process_open_fds", MetricType.Gauge, "Open file descriptors.", open);
        }

        if (MostDescriptors is { } limit)
        {
            writer.Single("process_max_fds", MetricType.Gauge, "File descriptors that may be open.", limit);
        }
    }

    // proc(5): the 22nd field of stat, in hundredths of a second since the host started; the 2nd is in brackets and may hold anything.
    // The host's own age comes from the clock: a service manager may hide /proc/uptime.
    private static double? StartOfProcess()
    {
        const int fieldBehindBrackets = 22 - 3;
        return Read<double>("/proc/self/stat", stat =>
        {
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            double started = double.Parse(fields[fieldBehindBrackets], CultureInfo.InvariantCulture) / 100;
            double age = (Environment.TickCount64 / 1000.0) - started;
            return Math.Round((DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0) - age, 2);
        });
    }

    private static (double Virtual, double Resident)? ReadMemory() => Read<(double, double)>("/proc/self/statm", text =>
    {
        string[] pages = text.Split(' ');
        return (double.Parse(pages[0], CultureInfo.InvariantCulture) * Environment.SystemPageSize, double.Parse(pages[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
    });

    private static double? ReadLimit()
    {
        const string row = "Max open files";
        return Read<double>("/proc/self/limits", text =>
        {
            string line = text.Split('\n').First(candidate => candidate.StartsWith(row, StringComparison.Ordinal));
            string soft = line[row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return double.TryParse(soft, CultureInfo.InvariantCulture, out double limit) ? limit : null;
        });
    }

    private static double? CountDescriptors()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a file of <c>/proc</c>; null when it is hidden or not as it is documented.</summary>
    private static T? Read<T>(string path, Func<string, T?> parse)
        where T : struct
    {
        try
        {
            return parse(File.ReadAllText(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
