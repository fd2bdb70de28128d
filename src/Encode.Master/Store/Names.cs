using System.Collections.Frozen;
using System.Text.Json;

namespace Encode.Master.Store;

/// <summary>The names that an enumeration's members have in the database: the same snake_case as on the wire.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
internal static class Names<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Texts =
        Enum.GetValues<T>().ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    private static readonly FrozenDictionary<string, T> Values = Texts.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The name of a member.</summary>
    public static string Of(T value) => Texts[value];

    /// <summary>The member of a name.</summary>
    public static T Parse(string name) => Values[name];
}
