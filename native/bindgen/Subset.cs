using System.Text.RegularExpressions;

namespace Bindgen;

/// <summary>
/// What is bound: <c>subset.txt</c>, one rule a line. A pattern may hold <c>*</c>; a rule that starts with <c>!</c> takes names away again.
/// Types need no rule: those that the functions and the fields reach are bound.
/// </summary>
internal sealed class Subset
{
    private readonly List<(string Kind, Regex Pattern, bool Takes)> _rules = [];

    /// <summary>The headers that clang reads, in order.</summary>
    public List<string> Headers { get; } = [];

    /// <summary>Records and enums that no function reaches, but that side data or an option points at.</summary>
    public List<string> Types { get; } = [];

    /// <summary>Nameless enums, told apart by the first words of their members, and the name that the package gives them.</summary>
    public List<(string Prefix, string Name)> NamelessEnums { get; } = [];

    public static Subset Read(string path)
    {
        var subset = new Subset();
        foreach (var line in File.ReadLines(path))
        {
            var words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
            {
                subset.Add(words);
            }
        }
        return subset;
    }

    public bool HasFunction(string name) => Matches("function", name);

    public bool HasConstant(string name) => Matches("constant", name);

    private void Add(string[] words)
    {
        foreach (var word in words[0] == "nameless-enum" ? [] : words[1..])
        {
            switch (words[0])
            {
                case "header": Headers.Add(word); break;
                case "type": Types.Add(word); break;
                case "function" or "constant":
                    var pattern = Regex.Escape(word.TrimStart('!')).Replace(@"\*", ".*", StringComparison.Ordinal);
                    _rules.Add((words[0], new Regex($"^{pattern}$"), !word.StartsWith('!')));
                    break;
                default: throw new InvalidDataException($"unknown rule '{words[0]}' in the subset table");
            }
        }
        if (words[0] == "nameless-enum")
        {
            NamelessEnums.Add((words[1], words[2]));
        }
    }

    // The last rule that fits decides.
    private bool Matches(string kind, string name) =>
        _rules.LastOrDefault(r => r.Kind == kind && r.Pattern.IsMatch(name)) is { Pattern: not null, Takes: true };
}
