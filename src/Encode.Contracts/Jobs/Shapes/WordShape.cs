using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>One word of a list.</summary>
internal sealed record WordShape(params string[] Words) : Shape
{
    public override string Expected => Words.Length == 1 ? $"\"{Words[0]}\"" : "one of " + string.Join(", ", Words);

    public override bool Accepts(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && Words.Contains(value.GetString());
}
