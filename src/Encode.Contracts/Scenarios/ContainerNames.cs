using System.Collections.Frozen;

namespace Encode.Contracts.Scenarios;

/// <summary>What names of outputs promise of their containers.</summary>
public static class ContainerNames
{
    private static readonly FrozenDictionary<string, Container> ByExtension = new Dictionary<string, Container>
    {
        [".mp4"] = Container.Mp4,
        [".m4v"] = Container.Mp4,
        [".mov"] = Container.Mp4,
        [".mkv"] = Container.Mkv,
        [".webm"] = Container.Webm,
        [".ts"] = Container.Ts,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The ends of names that promise one, for error messages.</summary>
    public static string Known { get; } = string.Join(' ', ((string[])[".mp4", ".m4v", ".mov", ".mkv", ".webm", ".ts"]).Where(ByExtension.ContainsKey)) + ", and '/' for a folder of cmaf";

    /// <summary>The end of a file's name that promises a format which is none of ours: a dot, a letter, and what follows. A version such as <c>.2</c> promises nothing.</summary>
    /// <returns>Null where there is none.</returns>
    public static string? UnknownEndOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string end = Path.GetExtension(name);
        return end.Length > 1 && char.IsAsciiLetter(end[1]) && PromisedBy(name) is null ? end : null;
    }

    /// <summary>The container that a name promises: a folder, which ends in a slash, is CMAF.</summary>
    /// <returns>Null where it promises none.</returns>
    public static Container? PromisedBy(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith('/') ? Container.Cmaf : ByExtension.TryGetValue(Path.GetExtension(name), out Container container) ? container : null;
    }
}
