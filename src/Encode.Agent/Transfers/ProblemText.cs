using System.Text.Json;

namespace Encode.Agent.Transfers;

/// <summary>Reads the sentence out of a problem+json body (RFC 9457).</summary>
internal static class ProblemText
{
    private const int MaxChars = 500;

    /// <summary>The detail, else the title; null when the body is nothing of the kind.</summary>
    internal static string? Of(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            string? text = Member(document.RootElement, "detail") ?? Member(document.RootElement, "title");
            return text is { Length: > MaxChars } ? text[..MaxChars] : text;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Member(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
