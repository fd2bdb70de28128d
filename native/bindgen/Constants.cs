using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Bindgen;

/// <summary>A macro that stands for a number. <c>IsConst</c> says whether the package declares it <c>const</c> or <c>static readonly</c>.</summary>
internal sealed record Constant(string Name, string CsType, BigInteger Value, bool IsConst);

/// <summary>
/// Works out macros such as <c>(1 &lt;&lt; 22)</c>, <c>FFERRTAG('E','O','F',' ')</c> or <c>(AV_CH_FRONT_LEFT|AV_CH_FRONT_RIGHT)</c> with C's rules
/// for the types int, unsigned, long and unsigned long. What does not come out as a number is no constant and is left out.
/// The package makes a macro const when it is made of literals and other const macros, and readonly when a call or an enum member takes part.
/// </summary>
internal sealed partial class Constants(List<(string Name, string Body)> macros, Headers headers)
{
    private readonly Dictionary<string, string> _bodies = macros.GroupBy(m => m.Name).ToDictionary(g => g.Key, g => g.Last().Body);
    private List<string> _tokens = [];
    private int _at;

    private readonly record struct Term(string CsType, BigInteger Value, bool IsConst);

    private sealed class NoNumberException : Exception;

    public List<Constant> Evaluate(Subset subset)
    {
        var constants = new List<Constant>();
        foreach (var name in _bodies.Keys.Where(subset.HasConstant).Order(StringComparer.Ordinal))
        {
            try
            {
                var term = Read(name);
                constants.Add(new Constant(name, term.CsType, term.Value, term.IsConst));
            }
            catch (NoNumberException)
            {
                // An attribute, an initializer, a piece of text: no constant.
            }
        }
        return constants;
    }

    private Term Read(string macro)
    {
        var (tokens, at) = (_tokens, _at);
        (_tokens, _at) = (Tokens().Matches(_bodies[macro]).Select(m => m.Value).ToList(), 0);
        try
        {
            var term = Binary(0);
            return _at == _tokens.Count ? term : throw new NoNumberException();
        }
        finally
        {
            (_tokens, _at) = (tokens, at);
        }
    }

    private static int Strength(string token) => token switch { "|" => 1, "^" => 2, "&" => 3, "<<" or ">>" => 4, "+" or "-" => 5, "*" or "/" => 6, _ => 0 };

    private Term Binary(int above)
    {
        var left = Unary();
        while (_at < _tokens.Count && Strength(_tokens[_at]) is var strength && strength > above)
        {
            var sign = _tokens[_at++];
            var right = Binary(strength);
            var type = sign is "<<" or ">>" ? left.CsType : Common(left.CsType, right.CsType);
            var value = sign switch
            {
                "|" => left.Value | right.Value,
                "^" => left.Value ^ right.Value,
                "&" => left.Value & right.Value,
                "<<" => left.Value << (int)right.Value,
                ">>" => left.Value >> (int)right.Value,
                "+" => left.Value + right.Value,
                "-" => left.Value - right.Value,
                "*" => left.Value * right.Value,
                _ => left.Value / right.Value,
            };
            left = Fit(type, value, left.IsConst && right.IsConst);
        }
        return left;
    }

    private Term Unary()
    {
        var token = Take();
        if (token is "-" or "~" or "+")
        {
            var operand = Unary();
            return Fit(operand.CsType, token switch { "-" => -operand.Value, "~" => ~operand.Value, _ => operand.Value }, operand.IsConst);
        }
        if (token == "(")
        {
            if (_at + 1 < _tokens.Count && _tokens[_at] is "int" or "int64_t" && _tokens[_at + 1] == ")")
            {
                var type = _tokens[_at] == "int" ? "int" : "long";
                _at += 2;
                var operand = Unary();
                return Fit(type, operand.Value, operand.IsConst);
            }
            var inner = Binary(0);
            return Take() == ")" ? inner : throw new NoNumberException();
        }
        return char.IsAsciiDigit(token[0]) ? Literal(token) : token[0] == '\'' ? new Term("int", token[1], true) : Named(token);
    }

    private Term Named(string name)
    {
        if (_at < _tokens.Count && _tokens[_at] == "(")
        {
            return Call(name);
        }
        return _bodies.ContainsKey(name) ? Read(name)
            : headers.EnumValues.TryGetValue(name, out var value) ? new Term("int", value, false)
            : throw new NoNumberException();
    }

    // The few macros with parameters that constants are made of.
    private Term Call(string name)
    {
        var arguments = new List<BigInteger>();
        while (Take() != ")")
        {
            arguments.Add(Binary(0).Value);
        }
        return (name, arguments) switch
        {
            ("UINT64_C", [var a]) => new Term("ulong", a, false),
            ("AV_VERSION_INT", [var a, var b, var c]) => new Term("int", a << 16 | b << 8 | c, false),
            ("MKTAG", [var a, var b, var c, var d]) => Fit("int", Tag(a, b, c, d), false),
            ("FFERRTAG", [var a, var b, var c, var d]) => Fit("int", -Tag(a, b, c, d), false),
            _ => throw new NoNumberException(),
        };
        static BigInteger Tag(BigInteger a, BigInteger b, BigInteger c, BigInteger d) => a | b << 8 | c << 16 | d << 24;
    }

    private static Term Literal(string token)
    {
        var digits = token.TrimEnd('u', 'U', 'l', 'L');
        var suffix = token[digits.Length..].ToUpperInvariant();
        var hex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!BigInteger.TryParse(hex ? "0" + digits[2..] : digits, style, CultureInfo.InvariantCulture, out var value))
        {
            throw new NoNumberException();
        }
        var unsigned = suffix.Contains('U', StringComparison.Ordinal);
        var type = suffix.Contains('L', StringComparison.Ordinal) || value > uint.MaxValue ? (unsigned || value > long.MaxValue ? "ulong" : "long")
            : unsigned || value > int.MaxValue ? (unsigned || hex ? "uint" : "long")
            : "int";
        return new Term(type, value, true);
    }

    private static string Common(string a, string b) =>
        a == "ulong" || b == "ulong" ? "ulong" : a == "long" || b == "long" ? "long" : a == "uint" || b == "uint" ? "uint" : "int";

    private static Term Fit(string type, BigInteger value, bool isConst)
    {
        var bits = type is "int" or "uint" ? 32 : 64;
        var modulus = BigInteger.One << bits;
        var wrapped = (value % modulus + modulus) % modulus;
        return new Term(type, type is "int" or "long" && wrapped >= modulus / 2 ? wrapped - modulus : wrapped, isConst);
    }

    private string Take() => _at < _tokens.Count ? _tokens[_at++] : throw new NoNumberException();

    [GeneratedRegex("""'.'|"[^"]*"|\w+|<<|>>|\S""")]
    private static partial Regex Tokens();
}
