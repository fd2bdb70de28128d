using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bindgen;

/// <summary>Asks clang what the headers say. One umbrella source includes every header of the table.</summary>
internal sealed partial class Clang(string includeDir, IReadOnlyList<string> headers)
{
    /// <summary>Debian bookworm installs clang 14 without the plain name; any clang that dumps JSON will do.</summary>
    private static readonly string[] _names = ["clang", "clang-14", "clang-16", "clang-19"];

    private readonly string _program = Environment.GetEnvironmentVariable("BINDGEN_CLANG") ?? Find();

    private string Umbrella => string.Concat(headers.Select(h => $"#include <{h}>\n"));

    /// <summary>The whole translation unit, comments included.</summary>
    public JsonDocument DumpAst() =>
        JsonDocument.Parse(Run("-fsyntax-only", "-fparse-all-comments", "-Xclang", "-ast-dump=json"), new JsonDocumentOptions { MaxDepth = 1024 });

    /// <summary>Every macro without parameters that a library header defines, in the order of definition.</summary>
    public List<(string Name, string Body)> ReadMacros()
    {
        var macros = new List<(string, string)>();
        var inLibrary = false;
        foreach (var line in Run("-E", "-dD").Split('\n'))
        {
            if (LineMarker().Match(line) is { Success: true } marker)
            {
                inLibrary = marker.Groups[1].Value.StartsWith(includeDir, StringComparison.Ordinal);
            }
            else if (inLibrary && ObjectMacro().Match(line) is { Success: true } macro)
            {
                macros.Add((macro.Groups[1].Value, macro.Groups[2].Value.Trim()));
            }
        }
        return macros;
    }

    /// <summary>The major version of each library, which is part of its file name: avcodec → 61.</summary>
    public SortedDictionary<string, int> ReadVersions()
    {
        var versions = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, body) in ReadMacros())
        {
            if (MajorVersion().Match(name) is { Success: true } match)
            {
                versions[match.Groups[1].Value.ToLowerInvariant()] = int.Parse(body, System.Globalization.CultureInfo.InvariantCulture);
            }
        }
        return versions;
    }

    private string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in arguments.Concat(["-I", includeDir, "-x", "c", "-"]))
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {_program}");
        process.StandardInput.Write(Umbrella);
        process.StandardInput.Close();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{_program} cannot read the headers under {includeDir}");
    }

    private static string Find() =>
        _names.FirstOrDefault(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(dir => File.Exists(Path.Combine(dir, name))))
        ?? throw new InvalidOperationException("no clang found; install clang-14 or name one in BINDGEN_CLANG");

    [GeneratedRegex("""^# \d+ "([^"]*)" """)]
    private static partial Regex LineMarker();

    [GeneratedRegex(@"^#define (\w+) (.+)$")]
    private static partial Regex ObjectMacro();

    [GeneratedRegex(@"^LIB(\w+)_VERSION_MAJOR$")]
    private static partial Regex MajorVersion();
}
