using System.Globalization;
using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>A number within bounds, both included.</summary>
internal sealed record NumberShape(double Min, double Max, bool Whole) : Shape
{
    public override string Expected => string.Create(CultureInfo.InvariantCulture, $"a {(Whole ? "whole " : "")}number from {Min:0.######} to {Max:0.######}");

    public override bool Accepts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out double number)
        && number >= Min && number <= Max
        && (!Whole || value.TryGetInt64(out _));
}
