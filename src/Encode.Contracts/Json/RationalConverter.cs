using System.Text.Json;
using System.Text.Json.Serialization;
using Encode.Contracts.Jobs;

namespace Encode.Contracts.Json;

/// <summary>Writes a <see cref="Rational"/> as text, <c>"60"</c> or <c>"30000/1001"</c>: exact, where a JSON number is not.</summary>
public sealed class RationalConverter : JsonConverter<Rational>
{
    /// <inheritdoc/>
    public override Rational Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Rational.TryParse(reader.GetString(), out Rational value)
            ? value
            : throw new JsonException("a ratio is written \"60\" or \"30000/1001\"");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Rational value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
