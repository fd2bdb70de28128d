using Encode.Bench.Processes;

namespace Encode.Bench.Compare;

/// <summary>The ffmpeg program of the other side, which also makes sources and judges outputs.</summary>
/// <param name="path">The program.</param>
/// <param name="group">What ends it if nobody else does.</param>
/// <param name="scratch">A folder for its messages.</param>
internal sealed class Tool(string path, ChildGroup group, string scratch)
{
    private const int MaxQuotedChars = 300;

    /// <summary>The program.</summary>
    public string Path { get; } = path;

    /// <summary>The program's version, such as <c>7.1.5</c>.</summary>
    /// <exception cref="BenchException">It is no ffmpeg, or does not start.</exception>
    public string Version()
    {
        string[] words = Output(["-version"]).Split(' ', 4);
        return words is ["ffmpeg", "version", var version, ..] ? version : throw new BenchException($"ask {Path} for its version: it is not ffmpeg; name the program with --ffmpeg");
    }

    /// <summary>Runs it to its end and tells what it cost.</summary>
    /// <exception cref="BenchException">It failed.</exception>
    public ProcessCost Run(IReadOnlyList<string> arguments) => RunCommand([Path, .. arguments], null, null);

    /// <summary>Runs any program in the same way.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="inputFile">What it reads; null for nothing.</param>
    /// <param name="outputFile">What it writes to; null for nothing.</param>
    public ProcessCost RunCommand(IReadOnlyList<string> command, string? inputFile, string? outputFile)
    {
        string errors = System.IO.Path.Combine(scratch, "tool.errors");
        ProcessCost figures = group.Spawn(command, new ChildStreams { InputFile = inputFile, OutputFile = outputFile, ErrorFile = errors }).Wait();
        return figures.ExitCode == 0 ? figures : throw new BenchException(
            $"run {System.IO.Path.GetFileName(command[0])}: exit code {figures.ExitCode}: {Quote(File.ReadAllText(errors))}; the command was: {string.Join(' ', command)}");
    }

    /// <summary>Runs it and returns what it wrote to standard output.</summary>
    public string Output(IReadOnlyList<string> arguments)
    {
        string output = System.IO.Path.Combine(scratch, "tool.output");
        RunCommand([Path, .. arguments], null, output);
        return File.ReadAllText(output);
    }

    /// <summary>Runs it and returns what it wrote to standard error.</summary>
    public string Messages(IReadOnlyList<string> arguments)
    {
        Run(arguments);
        return File.ReadAllText(System.IO.Path.Combine(scratch, "tool.errors"));
    }

    private static string Quote(string text) => text.Trim().ReplaceLineEndings(" ") is var line && line.Length > MaxQuotedChars ? "… " + line[^MaxQuotedChars..] : line;
}
