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

    /// <summary>The container that a name promises: a folder, which ends in a slash, is CMAF.</summary>
    /// <returns>Null where it promises none.</returns>
    public static Container? PromisedBy(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith('/') ? Container.Cmaf : ByExtension.TryGetValue(Path.GetExtension(name), out Container container) ? container : null;
    }
}
