using System.CommandLine;
using System.Reflection;

namespace Encode.Bench;

/// <summary>The command line of <c>bench</c> and how misuse is answered.</summary>
internal static class BenchCommands
{
    internal const int Success = 0;
    internal const int Failure = 1;
    internal const int Usage = 2;
    internal const int Interrupted = 130; // 128 + SIGINT, as shells count

    /// <summary>Version of this program.</summary>
    internal static string Version { get; } = typeof(BenchCommands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Parses and runs.</summary>
    /// <returns>0 for success, 1 for failure, 2 for misuse, 130 when interrupted.</returns>
    internal static int Run(string[] args)
    {
        RootCommand root = new("Measures what this host encodes.");
        root.Add(RunVerb.Create());
        root.Add(MatrixVerb.Create());
        root.Add(CompareVerb.Create());
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return Fail($"bench: {string.Join("; ", parsed.Errors.Select(error => error.Message.TrimEnd('.')))}; see bench --help", Usage);
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (IOException cause)
        {
            return Fail($"bench: write to standard output: {cause.Message.TrimEnd('.')}; look where it is sent", Failure);
        }
    }

    /// <summary>Writes the one line of a failure on standard error.</summary>
    internal static int Fail(string message, int exitCode)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return exitCode;
    }
}
