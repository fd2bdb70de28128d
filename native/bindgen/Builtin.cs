namespace Bindgen;

/// <summary>The C types that C# has names for. <c>long</c> is 64 bits here: the bindings are for 64 bit Unix, as is the test of their layout.</summary>
internal static class Builtin
{
    private static readonly HashSet<string> _primitives = ["byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong", "float", "double"];

    public static string? CsName(string name) => name switch
    {
        "void" => "void",
        "char" or "unsigned char" or "uint8_t" => "byte",
        "signed char" or "int8_t" => "sbyte",
        "short" or "int16_t" => "short",
        "unsigned short" or "uint16_t" => "ushort",
        "int" or "int32_t" => "int",
        "unsigned int" or "unsigned" or "uint32_t" => "uint",
        "long" or "long long" or "int64_t" or "ptrdiff_t" => "long",
        "unsigned long" or "unsigned long long" or "uint64_t" or "size_t" or "uintptr_t" => "ulong",
        "float" => "float",
        "double" => "double",
        // Never looked into, only handed on: to C it is a pointer.
        "va_list" or "__va_list_tag" => "byte",
        _ => null,
    };

    public static bool IsPrimitive(string csName) => _primitives.Contains(csName);
}
