using System.Text.Json;

namespace Encode.Contracts.Jobs.Shapes;

/// <summary>A bitrate, as a number of bit/s or as text with a unit.</summary>
internal sealed record BitrateShape(long Min, long Max) : Shape
{
    public override string Expected => $"from {Min} to {Max} bit/s ({Bitrate.Rule})";

    public override bool Accepts(JsonElement value) => Read(value) is { } bits && bits >= Min && bits <= Max;

    /// <summary>The bitrate in bit/s; null when the value is none.</summary>
    public static long? Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out long bits) => bits,
        JsonValueKind.String when Bitrate.TryParse(value.GetString(), out long bits) => bits,
        _ => null,
    };
}
