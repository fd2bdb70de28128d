using System.Globalization;

namespace Encode.TestKit;

/// <summary>What a process holds: its memory, its open descriptors and its threads.</summary>
/// <param name="ResidentBytes">All memory that is in, files' pages included.</param>
/// <param name="AnonymousBytes">The part that belongs to no file: heaps, stacks and pictures.</param>
/// <param name="Descriptors">Open descriptors.</param>
/// <param name="Threads">Threads.</param>
public sealed record ProcessMemory(long ResidentBytes, long AnonymousBytes, int Descriptors, int Threads)
{
    private const int Kibibyte = 1024;

    /// <summary>What a process holds now.</summary>
    public static ProcessMemory Of(int process)
    {
        Dictionary<string, long> sums = File.ReadLines($"/proc/{process}/smaps_rollup").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture) * Kibibyte);
        return new ProcessMemory(
            sums["Rss:"],
            sums["Anonymous:"],
            Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Count(),
            Directory.EnumerateFileSystemEntries($"/proc/{process}/task").Count());
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ResidentBytes / 1e6:F2} MB resident, {AnonymousBytes / 1e6:F2} MB anonymous, {Descriptors} descriptors, {Threads} threads");
}
