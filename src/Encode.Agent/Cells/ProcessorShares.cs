namespace Encode.Agent.Cells;

/// <summary>
/// Which processors each slot runs on. Slots are dealt out to NUMA nodes by their size, and a node's processors among its slots, so that a
/// job's pictures lie in the memory next to it and jobs do not push each other from core to core.
/// </summary>
internal static class ProcessorShares
{
    /// <summary>One list a slot. Slots that outnumber the processors share them; a slot that is larger than a node has parts of several.</summary>
    /// <param name="nodes">The processors of each NUMA node.</param>
    /// <param name="slots">Jobs at once.</param>
    /// <returns>Empty for a single slot: it has all there is, and nothing to be kept apart from.</returns>
    internal static IReadOnlyList<IReadOnlyList<int>> Of(IReadOnlyList<IReadOnlyList<int>> nodes, int slots)
    {
        if (slots < 2)
        {
            return [];
        }

        if (slots < nodes.Count)
        {
            return Split([.. nodes.SelectMany(node => node)], slots);
        }

        int[] dealt = new int[nodes.Count];
        for (int slot = 0; slot < slots; slot++)
        {
            int roomiest = Enumerable.Range(0, nodes.Count).MaxBy(node => (double)nodes[node].Count / (dealt[node] + 1));
            dealt[roomiest]++;
        }

        return [.. nodes.SelectMany((node, index) => Split(node, dealt[index]))];
    }

    private static IReadOnlyList<int>[] Split(IReadOnlyList<int> processors, int parts) =>
    [
        .. Enumerable.Range(0, parts).Select(part =>
        {
            int begin = part * processors.Count / parts;
            int end = (part + 1) * processors.Count / parts;
            return (IReadOnlyList<int>)[.. processors.Skip(begin).Take(Math.Max(1, end - begin))];
        }),
    ];
}
