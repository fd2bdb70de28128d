using System.Text.Json;
using System.Text.Json.Serialization;

namespace Encode.Contracts.Json;

/// <summary>Writes an enumeration as its name in snake_case and refuses numbers, so that the wire never depends on the order of members.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
