using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>Text, of a bounded length.</summary>
internal sealed record TextShape : Shape
{
    public override string Expected => $"text of at most {JobLimits.TextChars} characters";

    public override bool Accepts(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= JobLimits.TextChars;
}
