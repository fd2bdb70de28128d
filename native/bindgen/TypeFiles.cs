namespace Bindgen;

/// <summary>Writes the types: enums, structs, the arrays inside them, and callbacks.</summary>
internal sealed class TypeFiles(Binder binder)
{
    public void Write(string directory)
    {
        WriteEnums().Save(directory, "Enums.g.cs");
        WriteStructs().Save(directory, "Structs.g.cs");
        WriteArrays().Save(directory, "Arrays.g.cs");
        WriteDelegates().Save(directory, "Delegates.g.cs");
    }

    private SourceWriter WriteEnums()
    {
        var file = NewFile();
        foreach (var (name, type) in binder.Enums)
        {
            file.Summary(type.Summary);
            file.Open($"public enum {name} : int");
            foreach (var member in type.Members)
            {
                file.Summary(member.Summary);
                file.Line($"@{member.Name} = {unchecked((int)member.Value)},");
            }
            file.Close();
            file.Line();
        }
        return file;
    }

    private SourceWriter WriteStructs()
    {
        var file = NewFile();
        foreach (var (name, record) in binder.Records)
        {
            file.Summary(record.Source.Summary);
            if (record.Source.IsUnion)
            {
                file.Line("[StructLayout(LayoutKind.Explicit)]");
            }
            file.Open($"public unsafe partial struct {name}");
            foreach (var field in record.Fields)
            {
                file.Summary(field.Source.Summary);
                if (field.Source.IsDeprecated)
                {
                    file.Line("[Obsolete(\"deprecated by libav\")]");
                }
                if (record.Source.IsUnion)
                {
                    file.Line("[FieldOffset(0)]");
                }
                file.Line($"public {field.CsType} @{field.Name};");
            }
            file.Close();
            file.Line();
        }
        return file;
    }

    private SourceWriter WriteArrays()
    {
        var file = NewFile();
        foreach (var array in binder.Arrays.Values)
        {
            var (name, element, length) = (array.Name, array.Element, array.Length);
            file.Open($"public unsafe struct {name}" + (array.IsPointer ? " : IFixedArray" : $" : IFixedArray<{element}>"));
            file.Line($"public static readonly int Size = {length};");
            file.Line(array.IsPrimitive ? $"private fixed {element} _items[{length}];" : $"private {element} {string.Join(", ", Enumerable.Range(0, length).Select(i => $"_{i}"))};");
            file.Line($"public int Length => {length};");
            var first = array.IsPrimitive ? "_items" : "&_0";
            file.Open($"public {element} this[uint i]");
            file.Line($"get {{ ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, {length}u); fixed ({element}* p = {first}) return p[i]; }}");
            file.Line($"set {{ ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, {length}u); fixed ({element}* p = {first}) p[i] = value; }}");
            file.Close();
            file.Line($"public {element}[] ToArray() {{ var copy = new {element}[{length}]; for (uint i = 0; i < {length}; i++) copy[i] = this[i]; return copy; }}");
            file.Line($"public void UpdateFrom({element}[] array) {{ for (uint i = 0; i < {length} && i < array.Length; i++) this[i] = array[i]; }}");
            file.Line($"public static implicit operator {element}[]({name} array) => array.ToArray();");
            file.Close();
            file.Line();
        }
        return file;
    }

    private SourceWriter WriteDelegates()
    {
        var file = NewFile();
        foreach (var type in binder.Delegates.Values)
        {
            if (type.IsBlittable)
            {
                file.Line("[UnmanagedFunctionPointer(CallingConvention.Cdecl)]");
                file.Line($"public unsafe delegate {type.Returns} {type.Name}({string.Join(", ", type.Parameters.Select((p, i) => $"{p} p{i}"))});");
            }
            file.Open($"public unsafe struct {type.Name}_func");
            file.Line("public IntPtr Pointer;");
            if (type.IsBlittable)
            {
                file.Line($"public static implicit operator {type.Name}_func({type.Name} func) => new() {{ Pointer = func is null ? 0 : Marshal.GetFunctionPointerForDelegate<{type.Name}>(func) }};");
            }
            file.Close();
            file.Line();
        }
        return file;
    }

    private static SourceWriter NewFile()
    {
        var file = new SourceWriter("System", "System.Runtime.InteropServices");
        file.Line();
        file.Line("namespace FFmpeg.AutoGen;");
        file.Line();
        return file;
    }
}
