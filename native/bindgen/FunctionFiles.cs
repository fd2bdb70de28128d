namespace Bindgen;

/// <summary>
/// Writes one file of functions per library. A function that takes only numbers and pointers is itself the import. One that takes or returns
/// text, or takes an array by reference, is a method that turns these into pointers and calls an import of the class Imports: no import needs
/// marshalling at run time.
/// </summary>
internal sealed class FunctionFiles(Binder binder, IReadOnlyDictionary<string, int> versions)
{
    public void Write(string directory)
    {
        foreach (var library in binder.Functions.GroupBy(f => f.Source.Library))
        {
            WriteLibrary(library.Key, library.ToList()).Save(directory, $"ffmpeg.{library.Key}.g.cs");
        }
        WriteVersions().Save(directory, "LibraryVersions.g.cs");
    }

    private SourceWriter WriteLibrary(string library, List<BoundFunction> functions)
    {
        var file = new SourceWriter("System", "System.Runtime.InteropServices");
        file.Line();
        file.Line("namespace FFmpeg.AutoGen;");
        file.Line();
        var import = $"[DllImport(\"{library}-{versions[library]}\", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]";
        file.Open("public static unsafe partial class ffmpeg");
        foreach (var function in functions)
        {
            file.Summary(function.Source.Summary);
            if (function.Source.IsDeprecated)
            {
                file.Line("[Obsolete(\"deprecated by libav\")]");
            }
            if (IsBlittable(function))
            {
                file.Line(import);
                file.Line($"public static extern {function.Returns} {function.Source.Name}({List(function, p => $"{p.Public} {p.Name}")});");
            }
            else
            {
                WriteWrapper(file, function);
            }
            file.Line();
        }
        file.Close();
        file.Line();
        file.Open("internal static unsafe partial class Imports");
        foreach (var function in functions.Where(f => !IsBlittable(f)))
        {
            file.Line(import);
            file.Line($"internal static extern {NativeReturn(function)} {function.Source.Name}({List(function, p => $"{p.Native} {p.Name}")});");
        }
        file.Close();
        return file;
    }

    private static void WriteWrapper(SourceWriter file, BoundFunction function)
    {
        file.Open($"public static {function.Returns} {function.Source.Name}({List(function, p => $"{p.Public} {p.Name}")})");
        foreach (var parameter in function.Parameters)
        {
            var local = parameter.Name[1..] + "_";
            if (parameter.Public == "string")
            {
                file.Line($"using var {local} = new Utf8Text({parameter.Name}, stackalloc byte[Utf8Text.StackBytes]);");
            }
            else if (parameter.Public.EndsWith("[]", StringComparison.Ordinal))
            {
                file.Line($"fixed ({parameter.Native} {local} = {parameter.Name})");
            }
            else if (parameter.Public.Contains(' ', StringComparison.Ordinal))
            {
                file.Line($"fixed ({parameter.Native} {local} = &{parameter.Name})");
            }
        }
        var call = $"Imports.{function.Source.Name}({List(function, Argument)})";
        file.Line(function.Returns switch
        {
            "void" => $"{call};",
            "string" => $"return Marshal.PtrToStringUTF8((IntPtr){call});",
            _ => $"return {call};",
        });
        file.Close();
    }

    private static string Argument(BoundParameter parameter) =>
        parameter.Public == parameter.Native ? parameter.Name
        : parameter.Public == "string" ? $"{parameter.Name[1..]}_.Pointer"
        : parameter.Name[1..] + "_";

    private SourceWriter WriteVersions()
    {
        var file = new SourceWriter("System.Collections.Generic");
        file.Line();
        file.Line("namespace FFmpeg.AutoGen;");
        file.Line();
        file.Open("internal static class LibraryVersions");
        file.Line("/// <summary>The major version of each library, which is part of its file name.</summary>");
        file.Open("internal static readonly Dictionary<string, int> Map = new()");
        foreach (var (library, version) in versions.Where(v => binder.Functions.Any(f => f.Source.Library == v.Key)))
        {
            file.Line($"[\"{library}\"] = {version},");
        }
        file.Close();
        file.Line(";");
        file.Close();
        return file;
    }

    private static bool IsBlittable(BoundFunction function) =>
        function.Returns != "string" && function.Parameters.All(p => p.Public == p.Native);

    private static string NativeReturn(BoundFunction function) => function.Returns == "string" ? "byte*" : function.Returns;

    private static string List(BoundFunction function, Func<BoundParameter, string> each) => string.Join(", ", function.Parameters.Select(each));
}
