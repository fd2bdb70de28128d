namespace Bindgen;

/// <summary>The C# shape of a parameter: how it is written, and what crosses to C.</summary>
/// <param name="Name">The name, with an @ in front so that C names that are C# keywords do no harm.</param>
/// <param name="Public">The type that callers see, with <c>ref</c> or <c>in</c>.</param>
/// <param name="Native">The blittable type of the import.</param>
internal sealed record BoundParameter(string Name, string Public, string Native);

internal sealed record BoundFunction(Function Source, string Returns, IReadOnlyList<BoundParameter> Parameters);

/// <summary>A function pointer type. A signature with text or arrays is no delegate of ours: it would need run-time marshalling.</summary>
internal sealed record BoundDelegate(string Name, string Returns, IReadOnlyList<string> Parameters, bool IsBlittable);

/// <summary><c>Element</c> is itself an array type for <c>T[3][2]</c>.</summary>
internal sealed record BoundArray(string Name, string Element, int Length, bool IsPrimitive, bool IsPointer);

internal sealed record BoundField(Field Source, string Name, string CsType);

internal sealed record BoundRecord(Record Source, IReadOnlyList<BoundField> Fields);

/// <summary>
/// Starts from the functions of the table and follows their types: what they reach is bound, under the names that the package gives it.
/// </summary>
internal sealed class Binder(Headers headers, Subset subset)
{
    private readonly Queue<string> _pending = new();

    public List<BoundFunction> Functions { get; } = [];
    public SortedDictionary<string, BoundRecord> Records { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, EnumType> Enums { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, BoundDelegate> Delegates { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, BoundArray> Arrays { get; } = new(StringComparer.Ordinal);

    public void Bind()
    {
        foreach (var function in headers.Functions.Values.Where(f => subset.HasFunction(f.Name)).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            var parameters = function.Parameters.Select(p => BindParameter(function, p)).ToList();
            Functions.Add(new BoundFunction(function, Return(function.Returns, function.Name), parameters));
        }
        foreach (var (prefix, name) in subset.NamelessEnums)
        {
            var found = headers.NamelessEnums.First(e => e.Members[0].Name.StartsWith(prefix, StringComparison.Ordinal));
            Enums[name] = found with { Name = name };
        }
        foreach (var name in subset.Types)
        {
            Named(name);
        }
        while (_pending.TryDequeue(out var name))
        {
            BindRecord(headers.Records[name]);
        }
    }

    private BoundParameter BindParameter(Function function, Parameter parameter)
    {
        var context = $"{function.Name}_{parameter.Name}";
        var name = "@" + parameter.Name;
        switch (parameter.Type)
        {
            case PointerType { To: NamedType { Name: "char", IsConst: true } }:
                return new BoundParameter(name, "string", "byte*");
            case ArrayType { Length: null, Of: PointerType { To: NamedType named } pointer } when Builtin.CsName(named.Name) is null:
                // `T *name[]`: an array in C#, but for pointers to structs, where the package keeps the pointer to pointers.
                var pointers = CsName(pointer, context) + "*";
                return new BoundParameter(name, pointers, pointers);
            case ArrayType { Length: null } array:
                var element = CsName(array.Of, context);
                return new BoundParameter(name, element + "[]", element + "*");
            case ArrayType array:
                var type = CsName(array, context);
                return new BoundParameter(name, (IsConst(array.Of) ? "in " : "ref ") + type, type + "*");
            default:
                var plain = CsName(parameter.Type, context);
                return new BoundParameter(name, plain, plain);
        }
    }

    // `const` at the bottom of the type: the callee only reads what is pointed at.
    private static bool IsConst(CType type) => type switch
    {
        NamedType named => named.IsConst,
        PointerType pointer => IsConst(pointer.To),
        ArrayType array => IsConst(array.Of),
        _ => false,
    };

    private string Return(CType type, string context) =>
        type is PointerType { To: NamedType { Name: "char", IsConst: true } } ? "string" : CsName(type, context);

    private void BindRecord(Record record)
    {
        var fields = new List<BoundField>();
        var bits = new List<Field>();
        foreach (var field in record.Fields)
        {
            if (field.Bits is null)
            {
                fields.Add(new BoundField(field, field.Name, CsName(field.Type, FieldContext(record, field))));
                continue;
            }
            bits.Add(field);
            if (bits.Sum(f => f.Bits) switch { 8 => "byte", 16 => "short", 32 => "int", 64 => "long", _ => null } is { } type)
            {
                fields.Add(new BoundField(bits[0], string.Join('_', bits.Select(f => $"{f.Name}{f.Bits}")), type));
                bits.Clear();
            }
        }
        Records[record.Name] = bits.Count == 0 ? new BoundRecord(record, fields) : throw new InvalidDataException($"odd bit fields in {record.Name}");
    }

    // The package names a callback after struct and field, and leaves the struct out when it is a nameless one.
    private static string FieldContext(Record record, Field field) =>
        record.Name.Contains('_', StringComparison.Ordinal) && record.IsUnion ? $"_{field.Name}" : $"{record.Name}_{field.Name}";

    private string CsName(CType type, string context)
    {
        switch (type)
        {
            case NamedType named: return Named(named.Name, context);
            case PointerType { To: FunctionType function }: return Delegate(function, context);
            case PointerType { To: NamedType named } when headers.Typedefs.GetValueOrDefault(named.Name) is FunctionType function: return Delegate(function, context);
            case PointerType pointer: return CsName(pointer.To, context) + "*";
            case ArrayType { Length: { } length } array: return FixedArray(array, length, context);
            case FunctionType function: return Delegate(function, context);
            default: throw new InvalidDataException($"no C# type for {type} in {context}");
        }
    }

    private string Named(string name, string context = "")
    {
        if (Builtin.CsName(name) is { } builtin)
        {
            return builtin;
        }
        if (headers.Records.ContainsKey(name))
        {
            if (Records.TryAdd(name, new BoundRecord(headers.Records[name], [])))
            {
                _pending.Enqueue(name);
            }
            return name;
        }
        if (headers.Enums.TryGetValue(name, out var found))
        {
            Enums[name] = found;
            return name;
        }
        return headers.Typedefs.TryGetValue(name, out var type) ? CsName(type, context) : throw new InvalidDataException($"unknown type '{name}' in {context}");
    }

    private string FixedArray(ArrayType array, int length, string context)
    {
        var element = CsName(array.Of, context);
        var name = array.Of switch
        {
            ArrayType { Length: { } inner } nested => $"{CsName(nested.Of, context)}_array{length}x{inner}",
            PointerType pointer => $"{CsName(pointer.To, context)}_ptrArray{length}",
            _ => $"{element}_array{length}",
        };
        Arrays[name] = new BoundArray(name, element, length, Builtin.IsPrimitive(element), element.EndsWith('*'));
        return name;
    }

    private string Delegate(FunctionType function, string name)
    {
        var parameters = new List<string>();
        var blittable = true;
        foreach (var parameter in function.Parameters)
        {
            blittable &= parameter is not (ArrayType or PointerType { To: NamedType { Name: "char", IsConst: true } });
            parameters.Add(parameter is ArrayType array ? CsName(array.Of, "func") + "*" : CsName(parameter, "func"));
        }
        blittable &= function.Returns is not PointerType { To: NamedType { Name: "char", IsConst: true } };
        Delegates[name] = new BoundDelegate(name, CsName(function.Returns, "func"), parameters, blittable);
        return name + "_func";
    }
}
