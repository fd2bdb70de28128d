using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>True or false.</summary>
internal sealed record FlagShape : Shape
{
    public override string Expected => "true or false";

    public override bool Accepts(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;
}
