namespace Encode.Bench.Processes;

/// <summary>What a process, or a chain of processes, cost from its start to its end.</summary>
/// <param name="ExitCode">Its exit code; 128 + N after signal N.</param>
/// <param name="WallSeconds">From just before it was started to its end.</param>
/// <param name="CpuSeconds">User and system time, its own children's that it waited for included (wait4(2)).</param>
/// <param name="PeakRssBytes">
/// Its largest resident set, or that of the largest of its children. The kernel lets a process inherit the mark of the one that started it, so
/// it is never below what this process had itself, a few tens of megabytes.
/// </param>
internal readonly record struct ProcessCost(int ExitCode, double WallSeconds, double CpuSeconds, long PeakRssBytes);
