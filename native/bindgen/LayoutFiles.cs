namespace Bindgen;

/// <summary>
/// Writes the two halves of the layout test: a C program that prints what the C compiler says of every size, offset, enum member and constant,
/// and C# lists of the same lines with what the C# compiler says. The test compiles and runs the first and compares.
/// </summary>
internal sealed class LayoutFiles(Binder binder, List<Constant> constants)
{
    public void Write(string directory, IReadOnlyList<string> headers)
    {
        Directory.CreateDirectory(directory);
        WriteC(headers).Save(directory, "layouts.g.c");
        WriteLayouts().Save(directory, "Layouts.g.cs");
        WriteConstants().Save(directory, "Constants.g.cs");
    }

    // What is nameless in C is seen as a part of its owner, whose size and offsets show whether it is right.
    private IEnumerable<BoundRecord> Records =>
        binder.Records.Values.Where(r => r.Source.IsComplete && r.Fields.Count > 0 && !r.Source.Name.Contains('_', StringComparison.Ordinal));

    private IEnumerable<(string Type, string Member)> EnumMembers =>
        binder.Enums.SelectMany(e => e.Value.Members.Select(m => (e.Key, m.Name)));

    private SourceWriter WriteC(IReadOnlyList<string> headers)
    {
        var file = SourceWriter.ForC();
        file.Line("#include <stddef.h>");
        file.Line("#include <stdio.h>");
        headers.ToList().ForEach(h => file.Line($"#include <{h}>"));
        file.Line("#define SIZE(type) printf(\"sizeof %s %lld\\n\", #type, (long long)sizeof(type));");
        file.Line("#define OFFSET(type, field) printf(\"%s.%s %lld\\n\", #type, #field, (long long)offsetof(type, field));");
        file.Line("#define VALUE(name) printf(\"%s %lld in %d bytes\\n\", #name, (long long)(name), (int)sizeof(name));");
        file.Open("int main(void)");
        foreach (var record in Records)
        {
            file.Line($"SIZE({record.Source.Name})");
            foreach (var field in record.Fields.Where(f => f.Source.Bits is null))
            {
                file.Line($"OFFSET({record.Source.Name}, {field.Name})");
            }
        }
        foreach (var name in EnumMembers.Select(m => m.Member).Concat(constants.Select(c => c.Name)))
        {
            file.Line($"VALUE({name})");
        }
        file.Line("return 0;");
        file.Close();
        return file;
    }

    private SourceWriter WriteLayouts()
    {
        var file = NewFile();
        file.Open("internal static IEnumerable<string> Structs()");
        file.Line("var lines = new List<string>();");
        foreach (var record in Records)
        {
            var name = record.Source.Name;
            file.Open("");
            file.Line($"{name} it;");
            file.Line($"lines.Add($\"sizeof {name} {{sizeof({name})}}\");");
            foreach (var field in record.Fields.Where(f => f.Source.Bits is null))
            {
                file.Line($"lines.Add($\"{name}.{field.Name} {{(long)((byte*)&it.@{field.Name} - (byte*)&it)}}\");");
            }
            file.Close();
        }
        file.Line("return lines;");
        file.Close();
        file.Open("internal static IEnumerable<string> EnumMembers()");
        foreach (var (type, member) in EnumMembers)
        {
            file.Line($"yield return $\"{member} {{(long){type}.@{member}}} in {{sizeof({type})}} bytes\";");
        }
        file.Close();
        file.Close();
        return file;
    }

    private SourceWriter WriteConstants()
    {
        var file = NewFile();
        file.Open("internal static IEnumerable<string> Constants()");
        foreach (var constant in constants)
        {
            file.Line($"yield return $\"{constant.Name} {{unchecked((long)ffmpeg.{constant.Name})}} in {{sizeof({constant.CsType})}} bytes\";");
        }
        file.Close();
        file.Close();
        return file;
    }

    private static SourceWriter NewFile()
    {
        var file = new SourceWriter("System.Collections.Generic", "FFmpeg.AutoGen");
        file.Line();
        file.Line("namespace FFmpeg.AutoGen.Tests;");
        file.Line();
        file.Open("internal static unsafe partial class Layouts");
        return file;
    }
}
