using System.Globalization;

namespace Encode.SystemTests;

/// <summary>Processes as /proc tells of them. One that ends while it is looked at is one that is not there.</summary>
internal static class ProcessTable
{
    private const int ParentField = 1; // of /proc/PID/stat, counted behind the name
    private const int UserTicksField = 11;
    private const int SystemTicksField = 12;

    /// <summary>Whether a process runs. A zombie has ended: where nobody reaps orphans, its folder stays.</summary>
    public static bool Runs(int process) => Stat(process) is [not ("Z" or "X" or ""), ..];

    /// <summary>The busy cell of an agent: the child that used most processor time.</summary>
    public static int CellOf(int agent) => Children(agent).Where(child => Arguments(child).Contains("__cell")).MaxBy(ProcessorTicks);

    /// <summary>The one child of a program's name.</summary>
    public static int ChildOf(int parent, string name) => Children(parent).Single(child => Arguments(child)[0].EndsWith(name, StringComparison.Ordinal));

    /// <summary>The one child of a process, or 0 while it has none.</summary>
    public static int OnlyChildOf(int parent) => Children(parent).SingleOrDefault();

    private static int[] Children(int parent) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0 && Runs(id) && Stat(id) is { } stat && stat[ParentField] == parent.ToString(CultureInfo.InvariantCulture))];

    private static string[] Arguments(int process) => Read(process, "cmdline")?.Split('\0') ?? [""];

    private static long ProcessorTicks(int process) => Stat(process) is { } stat
        ? long.Parse(stat[UserTicksField], CultureInfo.InvariantCulture) + long.Parse(stat[SystemTicksField], CultureInfo.InvariantCulture)
        : 0;

    // The name in parentheses may hold spaces and parentheses of its own.
    private static string[]? Stat(int process) => Read(process, "stat")?.Split(')')[^1].Trim().Split(' ');

    private static string? Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
