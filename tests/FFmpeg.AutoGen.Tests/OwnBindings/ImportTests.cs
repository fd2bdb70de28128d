using System.Reflection;
using System.Runtime.InteropServices;

namespace FFmpeg.AutoGen.Tests;

/// <summary>
/// A published program has every import linked in, and one name that the libraries do not have makes the link fail or the program stop at its start.
/// </summary>
public sealed class ImportTests
{
    private static readonly List<(string Library, MethodInfo Method)> _imports =
        [.. typeof(ffmpeg).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(m => (m.GetCustomAttribute<DllImportAttribute>()?.Value ?? "", m))
            .Where(i => i.Item1.Length > 0)];

    [Fact]
    public void Every_import_is_a_symbol_of_the_libraries_that_we_build()
    {
        SharedLibraries.Require();
        var missing = new List<string>();
        foreach (var library in _imports.GroupBy(i => i.Library))
        {
            var path = LibraryFinder.Find(library.Key) ?? throw new FileNotFoundException($"no file for {library.Key}");
            var handle = NativeLibrary.Load(path);
            missing.AddRange(library.Where(i => !NativeLibrary.TryGetExport(handle, i.Method.Name, out _)).Select(i => $"{library.Key}: {i.Method.Name}"));
        }
        Assert.Empty(missing);
    }

    [Fact]
    public void Imports_take_and_return_nothing_that_needs_marshalling()
    {
        Assert.True(_imports.Count > 500);
        var types = _imports.SelectMany(i => i.Method.GetParameters().Select(p => p.ParameterType).Append(i.Method.ReturnType)).Distinct();
        Assert.All(types, type => Assert.True(type.IsPointer || (type.IsValueType && type != typeof(bool) && type != typeof(char)), $"{type} needs marshalling"));
    }
}
