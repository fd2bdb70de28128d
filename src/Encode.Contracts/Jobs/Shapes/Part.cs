using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>
/// A place in a body that may be absent or of the wrong kind; both read as "not given a usable value", because the shape
/// check has already said so.
/// </summary>
internal sealed class Part(JsonElement? element)
{
    private static readonly Part None = new(null);

    public Part this[string name] =>
        IsObject && element!.Value.TryGetProperty(name, out JsonElement value) ? new Part(value) : None;

    public bool IsGiven => element is { ValueKind: not JsonValueKind.Null };

    public bool IsObject => element is { ValueKind: JsonValueKind.Object };

    public bool IsList => element is { ValueKind: JsonValueKind.Array };

    /// <summary>The entries of a list, as many as a list may have; none where it is no list.</summary>
    public IReadOnlyList<Part> Entries =>
        element is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Take(JobLimits.ListEntries).Select(entry => new Part(entry))] : [];

    public string? Text => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public long? Bits => element is { } value ? BitrateShape.Read(value) : null;

    public int Whole(int otherwise) =>
        element is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) ? value : otherwise;

    public double Number(double otherwise) =>
        element is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value) ? value : otherwise;

    public double? Number() => element is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value) ? value : null;

    public bool Flag(bool otherwise) => element?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => otherwise,
    };

    /// <summary>A word of an enumeration, in snake_case.</summary>
    public T Word<T>(T otherwise)
        where T : struct, Enum =>
        Enum.TryParse(Text?.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out T value) && Enum.IsDefined(value) ? value : otherwise;
}
