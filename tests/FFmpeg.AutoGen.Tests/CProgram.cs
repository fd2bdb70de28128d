using System.Diagnostics;

namespace FFmpeg.AutoGen.Tests;

/// <summary>The C half of the layout test, compiled with the machine's C compiler against the headers that the libraries were built with.</summary>
internal static class CProgram
{
    private static readonly TimeSpan _deadline = TimeSpan.FromMinutes(2);

    /// <summary>The lines that the program prints: sizes, offsets and values by name.</summary>
    public static IReadOnlySet<string> Run()
    {
        var include = RepositoryRoot.Combine("artifacts", "native", "include");
        if (!File.Exists(Path.Combine(include, "libavcodec", "avcodec.h")))
        {
            Assert.Skip($"no FFmpeg headers in {include}: run the target Native first");
        }
        using var folder = new TempFolder();
        var (source, program) = (RepositoryRoot.Combine("tests", "FFmpeg.AutoGen.Tests", "generated", "layouts.g.c"), folder.Combine("layouts"));
        _ = Output(Compiler(), "-w", "-I", include, "-o", program, source);
        return Output(program).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
    }

    private static string Compiler()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        var compiler = new[] { "cc", "gcc", "clang", "clang-14" }.FirstOrDefault(name => folders.Any(folder => File.Exists(Path.Combine(folder, name))));
        if (compiler is null)
        {
            Assert.Skip("no C compiler on this machine");
        }
        return compiler;
    }

    private static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(_deadline), $"{program} did not end");
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
