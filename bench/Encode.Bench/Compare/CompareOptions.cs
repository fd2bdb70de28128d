namespace Encode.Bench.Compare;

/// <summary>What <c>bench compare</c> was asked for.</summary>
internal sealed record CompareOptions
{
    /// <summary>The ffmpeg program.</summary>
    public required string FFmpeg { get; init; }

    /// <summary>The works, in the order of the table.</summary>
    public required IReadOnlyList<Work> Works { get; init; }

    /// <summary>Where sources are kept.</summary>
    public string CacheFolder { get; init; } = SourceCache.DefaultFolder;

    /// <summary>Whether shorter works and fewer pairs are enough.</summary>
    public bool IsQuick { get; init; }

    /// <summary>How the report is written.</summary>
    public ReportFormat Format { get; init; }

    /// <summary>Picks works by name.</summary>
    /// <param name="names">Names; none means all.</param>
    /// <param name="problem">What is wrong with them; null when all is well.</param>
    public static IReadOnlyList<Work> Pick(IReadOnlyList<string> names, out string? problem)
    {
        IReadOnlyList<Work> all = WorkTable.All();
        string? unknown = names.FirstOrDefault(name => all.All(work => work.Name != name));
        problem = unknown is null ? null : $"--work {unknown}: there is no such work; there are {string.Join(", ", all.Select(work => work.Name))}";
        return names.Count == 0 ? all : [.. all.Where(work => names.Contains(work.Name))];
    }
}
