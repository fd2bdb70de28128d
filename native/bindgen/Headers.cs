using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bindgen;

internal sealed record Field(string Name, CType Type, int? Bits, string? Summary, bool IsDeprecated);

internal sealed record Record(string Name, bool IsUnion, bool IsComplete, IReadOnlyList<Field> Fields, string? Summary);

internal sealed record EnumMember(string Name, long Value, string? Summary);

internal sealed record EnumType(string Name, IReadOnlyList<EnumMember> Members, string? Summary);

internal sealed record Parameter(string Name, CType Type);

internal sealed record Function(string Name, string Library, CType Returns, IReadOnlyList<Parameter> Parameters, string? Summary, bool IsDeprecated);

/// <summary>The declarations of all headers, by name.</summary>
internal sealed partial class Headers
{
    private readonly string _includeDir;
    private readonly Dictionary<string, JsonElement> _nameless = [];

    private Headers(string includeDir) => _includeDir = includeDir;

    public Dictionary<string, Record> Records { get; } = [];
    public Dictionary<string, EnumType> Enums { get; } = [];
    public List<EnumType> NamelessEnums { get; } = [];
    public Dictionary<string, CType> Typedefs { get; } = [];
    public Dictionary<string, Function> Functions { get; } = [];
    public Dictionary<string, long> EnumValues { get; } = [];

    public static Headers Read(JsonElement unit, string includeDir)
    {
        var headers = new Headers(includeDir);
        JsonElement previous = default;
        foreach (var node in unit.GetProperty("inner").EnumerateArray())
        {
            headers.ReadDeclaration(node, previous);
            previous = node;
        }
        return headers;
    }

    private void ReadDeclaration(JsonElement node, JsonElement previous)
    {
        if (node.TryGetProperty("loc", out var location))
        {
            Follow(location);
        }
        var file = _file;
        switch (node.Kind())
        {
            case "RecordDecl": ReadRecord(node, node.Name()); break;
            case "EnumDecl": ReadEnum(node, node.Name()); break;
            case "TypedefDecl": ReadTypedef(node, previous); break;
            case "FunctionDecl" when file.StartsWith(_includeDir, StringComparison.Ordinal): ReadFunction(node, file); break;
        }
        FollowAll(node);
    }

    private Record? ReadRecord(JsonElement node, string? name)
    {
        if (name is null)
        {
            return null;
        }
        var complete = node.TryGetProperty("completeDefinition", out _);
        var fields = new List<Field>();
        string? nested = null;
        foreach (var child in complete ? node.Inner() : [])
        {
            if (child.Kind() == "RecordDecl" && child.Name() is null)
            {
                nested = child.GetProperty("id").GetString();
                _nameless[nested!] = child;
            }
            else if (child.Kind() == "FieldDecl")
            {
                fields.Add(ReadField(child, name, nested));
                nested = null;
            }
            else if (child.Kind() is "RecordDecl")
            {
                ReadRecord(child, child.Name());
            }
        }
        var record = new Record(name, node.GetProperty("tagUsed").GetString() == "union", complete, fields, Comment.Of(node));
        if (complete || !Records.ContainsKey(name))
        {
            Records[name] = record;
        }
        return record;
    }

    private Field ReadField(JsonElement node, string owner, string? nested)
    {
        var name = node.Name() ?? throw new InvalidDataException($"nameless field in {owner}");
        // A nameless struct or union is known by the field that it is the type of: AVChannelLayout.u → AVChannelLayout_u.
        var nestedName = nested is null ? null : ReadRecord(_nameless[nested], $"{owner}_{name}")!.Name;
        var type = CTypeParser.Parse(nestedName is null ? node.TypeText() : Nameless().Replace(node.TypeText(), nestedName));
        int? bits = node.TryGetProperty("isBitfield", out _) ? (int)ConstantIn(node)! : null;
        return new Field(name, type, bits, Comment.Of(node), node.HasAttribute("DeprecatedAttr"));
    }

    private void ReadEnum(JsonElement node, string? name)
    {
        var members = new List<EnumMember>();
        var value = -1L;
        foreach (var child in node.Inner().Where(c => c.Kind() == "EnumConstantDecl"))
        {
            value = ConstantIn(child) ?? value + 1;
            members.Add(new EnumMember(child.Name()!, value, Comment.Of(child)));
            EnumValues[child.Name()!] = value;
        }
        if (name is null)
        {
            NamelessEnums.Add(new EnumType("", members, Comment.Of(node)));
        }
        else if (members.Count > 0)
        {
            Enums[name] = new EnumType(name, members, Comment.Of(node));
        }
    }

    private void ReadTypedef(JsonElement node, JsonElement previous)
    {
        var name = node.Name()!;
        var nameless = previous.ValueKind == JsonValueKind.Object && previous.Name() is null;
        if (nameless && previous.Kind() == "RecordDecl")
        {
            ReadRecord(previous, name);
        }
        else if (nameless && previous.Kind() == "EnumDecl")
        {
            NamelessEnums.RemoveAt(NamelessEnums.Count - 1);
            ReadEnum(previous, name);
        }
        else if (!node.TypeText().Contains('(', StringComparison.Ordinal) || _file.StartsWith(_includeDir, StringComparison.Ordinal))
        {
            // Function types of the C library are of no use here, and some are written in ways that only clang understands.
            Typedefs[name] = CTypeParser.Parse(node.TypeText());
        }
    }

    private void ReadFunction(JsonElement node, string file)
    {
        if (node.TryGetProperty("storageClass", out _) || node.TryGetProperty("inline", out _) || node.TryGetProperty("variadic", out _))
        {
            return;
        }
        var type = (FunctionType)CTypeParser.Parse(node.TypeText());
        var parameters = new List<Parameter>();
        foreach (var child in node.Inner().Where(c => c.Kind() == "ParmVarDecl"))
        {
            parameters.Add(new Parameter(child.Name() ?? $"p{parameters.Count}", WithArray(CTypeParser.Parse(child.TypeText()), child, file)));
        }
        var library = Path.GetRelativePath(_includeDir, file).Split('/')[0]["lib".Length..];
        Functions.TryAdd(node.Name()!, new Function(node.Name()!, library, type.Returns, parameters, Comment.Of(node), node.HasAttribute("DeprecatedAttr")));
    }

    private static long? ConstantIn(JsonElement node)
    {
        if (node.Kind() == "ConstantExpr" && node.TryGetProperty("value", out var value))
        {
            return long.Parse(value.GetString()!, CultureInfo.InvariantCulture);
        }
        return node.Inner().Select(ConstantIn).FirstOrDefault(v => v is not null);
    }

    [GeneratedRegex(@"\((unnamed|anonymous)[^)]*\)")]
    private static partial Regex Nameless();
}
