using System.Text.Json;

namespace Bindgen;

/// <summary>Short names for what is asked of a node of clang's JSON.</summary>
internal static class Ast
{
    public static string Kind(this JsonElement node) => node.TryGetProperty("kind", out var kind) ? kind.GetString()! : "";

    public static string? Name(this JsonElement node) => node.TryGetProperty("name", out var name) ? name.GetString() : null;

    public static string TypeText(this JsonElement node) => node.GetProperty("type").GetProperty("qualType").GetString()!;

    public static IEnumerable<JsonElement> Inner(this JsonElement node) => node.TryGetProperty("inner", out var inner) ? inner.EnumerateArray() : [];

    public static bool HasAttribute(this JsonElement node, string kind) => node.Inner().Any(c => c.Kind() == kind);
}
