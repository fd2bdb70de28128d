namespace Bindgen;

/// <summary>A C type as clang prints it, taken apart.</summary>
internal abstract record CType;

/// <summary>A builtin, a typedef, or a struct, union or enum by its name.</summary>
internal sealed record NamedType(string Name, bool IsConst) : CType;

internal sealed record PointerType(CType To) : CType;

/// <summary><c>Length</c> is null for <c>T name[]</c>.</summary>
internal sealed record ArrayType(CType Of, int? Length) : CType;

internal sealed record FunctionType(CType Returns, IReadOnlyList<CType> Parameters) : CType;

/// <summary>
/// Reads type names such as <c>const uint8_t *const [4]</c> or <c>int (*)(void *, uint8_t *, int)</c>. A C declarator is read from the middle
/// outwards: stars on the left, then suffixes on the right, then whatever the parentheses around the middle hold.
/// </summary>
internal sealed class CTypeParser
{
    private static readonly HashSet<string> _qualifiers = ["const", "volatile", "restrict"];
    private static readonly HashSet<string> _tags = ["struct", "union", "enum"];
    private readonly List<string> _tokens = [];
    private int _at;

    private CTypeParser(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '_'))
            {
                i++;
            }
            if (i > start)
            {
                _tokens.Add(text[start..i]);
            }
            else
            {
                if (text[i] is not ' ' and not '.')
                {
                    _tokens.Add(text[i].ToString());
                }
                i++;
            }
        }
    }

    public static CType Parse(string text) => new CTypeParser(text).ParseType();

    private string? Next => _at < _tokens.Count ? _tokens[_at] : null;

    private CType ParseType() => ParseDeclarator(ParseSpecifiers());

    private NamedType ParseSpecifiers()
    {
        var words = new List<string>();
        var isConst = false;
        while (Next is { } word && (char.IsLetter(word[0]) || word[0] == '_'))
        {
            _at++;
            isConst |= word == "const";
            if (!_qualifiers.Contains(word) && !_tags.Contains(word))
            {
                words.Add(word);
            }
        }
        return new NamedType(string.Join(' ', words), isConst);
    }

    private CType ParseDeclarator(CType type)
    {
        while (Next is "*")
        {
            type = new PointerType(type);
            for (_at++; Next is { } word && _qualifiers.Contains(word); _at++)
            {
            }
        }
        var middle = -1;
        if (Next == "(" && _tokens[_at + 1] == "*")
        {
            middle = _at + 1;
            SkipParentheses();
        }
        type = ParseSuffixes(type);
        if (middle < 0)
        {
            return type;
        }
        var end = _at;
        _at = middle;
        type = ParseDeclarator(type);
        _at = end;
        return type;
    }

    private CType ParseSuffixes(CType type)
    {
        if (Next == "[")
        {
            int? length = _tokens[_at + 1] == "]" ? null : int.Parse(_tokens[_at + 1], System.Globalization.CultureInfo.InvariantCulture);
            _at += length is null ? 2 : 3;
            return new ArrayType(ParseSuffixes(type), length);
        }
        return Next == "(" ? new FunctionType(type, ParseParameters()) : type;
    }

    private List<CType> ParseParameters()
    {
        var parameters = new List<CType>();
        for (_at++; Next != ")";)
        {
            parameters.Add(ParseType());
            _at += Next == "," ? 1 : 0;
        }
        _at++;
        return parameters is [NamedType { Name: "void" or "" }] ? [] : parameters;
    }

    private void SkipParentheses()
    {
        for (var depth = 0; ;)
        {
            depth += _tokens[_at] switch { "(" => 1, ")" => -1, _ => 0 };
            _at++;
            if (depth == 0)
            {
                return;
            }
        }
    }
}
