using System.Security;
using System.Text.Json;

namespace Bindgen;

/// <summary>The first sentence or so of a header's comment, as a line of XML documentation.</summary>
internal static class Comment
{
    /// <summary>Long enough for a contract, short enough that the generated files stay readable. In characters.</summary>
    private const int LongestSummary = 200;

    public static string? Of(JsonElement node)
    {
        var paragraphs = node.Inner().Where(c => c.Kind() == "FullComment").SelectMany(c => c.Inner());
        foreach (var block in paragraphs.Where(b => b.Kind() is "ParagraphComment" or "BlockCommandComment"))
        {
            if (block.Kind() == "BlockCommandComment" && block.Name() is not ("brief" or "return"))
            {
                continue;
            }
            var text = Clean(string.Join(' ', Texts(block)));
            if (text.Any(char.IsLetter))
            {
                return (block.Name() == "return" ? "Returns " : "") + SecurityElement.Escape(text);
            }
        }
        return null;
    }

    private static IEnumerable<string> Texts(JsonElement node) =>
        node.Kind() == "TextComment" ? [node.GetProperty("text").GetString()!] : node.Inner().SelectMany(Texts);

    private static string Clean(string text)
    {
        var line = string.Join(' ', text.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= LongestSummary)
        {
            return line;
        }
        var end = line.LastIndexOf(". ", LongestSummary, StringComparison.Ordinal);
        return end > 0 ? line[..(end + 1)] : line[..line.LastIndexOf(' ', LongestSummary)] + " …";
    }
}
