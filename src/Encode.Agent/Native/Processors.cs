using System.Globalization;

namespace Encode.Agent.Native;

/// <summary>Which processors this host lets us use, and which of them a child may use.</summary>
internal static class Processors
{
    private const int BitsPerByte = 8;
    private const int MaskBytes = 1024; // 8192 processors, the most that Linux is built for
    private const string Nodes = "/sys/devices/system/node";
    private const string Cores = "/sys/devices/system/cpu";

    /// <summary>
    /// The processors that this process may run on, a list for each NUMA node that has some. Threads of one core stand side by side, so that a
    /// run of the list shares as few cores with the next one as can be.
    /// </summary>
    internal static IReadOnlyList<IReadOnlyList<int>> ByNode()
    {
        int[] allowed = Allowed();
        List<IReadOnlyList<int>> nodes = [];
        foreach (string node in Directory.Exists(Nodes) ? Directory.GetDirectories(Nodes, "node*") : [])
        {
            Add(nodes, allowed.Intersect(ReadList($"{node}/cpulist")));
        }

        Add(nodes, allowed.Except(nodes.SelectMany(node => node)));
        return nodes;
    }

    /// <summary>Lets every thread of a process run on these processors alone; threads that it starts later inherit that.</summary>
    /// <param name="process">A child of ours. One that has ended is left in peace.</param>
    /// <param name="processors">Numbers of processors.</param>
    internal static void Bind(int process, IReadOnlyList<int> processors)
    {
        byte[] mask = new byte[MaskBytes];
        foreach (int processor in processors)
        {
            mask[processor / BitsPerByte] |= (byte)(1 << (processor % BitsPerByte));
        }

        HashSet<int> bound = [];
        while (ThreadsOf(process).Where(bound.Add).ToArray() is { Length: > 0 } threads)
        {
            // A thread that ended meanwhile, and a host that forbids it, change nothing: the job runs, only not as close to its memory.
            Array.ForEach(threads, thread => _ = Libc.sched_setaffinity(thread, MaskBytes, mask));
        }
    }

    private static void Add(List<IReadOnlyList<int>> nodes, IEnumerable<int> processors)
    {
        int[] sorted = [.. processors.OrderBy(FirstOfCore).ThenBy(processor => processor)];
        if (sorted.Length > 0)
        {
            nodes.Add(sorted);
        }
    }

    private static int[] Allowed()
    {
        byte[] mask = new byte[MaskBytes];
        return Libc.sched_getaffinity(0, MaskBytes, mask) <= 0
            ? [.. Enumerable.Range(0, Environment.ProcessorCount)]
            : [.. Enumerable.Range(0, MaskBytes * BitsPerByte).Where(processor => (mask[processor / BitsPerByte] & (1 << (processor % BitsPerByte))) != 0)];
    }

    private static int FirstOfCore(int processor) => ReadList($"{Cores}/cpu{processor}/topology/thread_siblings_list").DefaultIfEmpty(processor).Min();

    /// <summary>A list as the kernel writes it, such as <c>0-3,8</c>; empty where there is none.</summary>
    private static IEnumerable<int> ReadList(string path)
    {
        string text = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        foreach (string range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = range.Split('-');
            int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            int last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            for (int processor = first; processor <= last; processor++)
            {
                yield return processor;
            }
        }
    }

    private static IEnumerable<int> ThreadsOf(int process)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{process}/task").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
