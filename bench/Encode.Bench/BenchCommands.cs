using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Reflection;
using Encode.Contracts.Scenarios;

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
        root.Add(RunVerb());
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

    private static double ReadSeconds(ArgumentResult argument)
    {
        string text = argument.Tokens.Count > 0 ? argument.Tokens[^1].Value : "";
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
        {
            argument.AddError($"--seconds {text}: write a number such as 10");
        }

        return seconds;
    }

    private static Command RunVerb()
    {
        Argument<string> scenario = new("SCENARIO") { Description = "What to encode, such as 4K60-h264: " + ScenarioTable.Hint };
        Option<double> seconds = new("--seconds")
        {
            Description = $"Length of the generated clip, up to {ScenarioLimits.MaxGeneratedSeconds} (default {ScenarioLimits.DefaultGeneratedSeconds})",
            HelpName = "N",
            DefaultValueFactory = _ => ScenarioLimits.DefaultGeneratedSeconds,
            CustomParser = ReadSeconds,
        };
        Option<string> input = new("--input") { Description = "Encode this file in place of a generated clip", HelpName = "FILE" };
        Option<bool> json = new("--json") { Description = "One JSON object instead of a table" };
        Command command = new("run", "Encodes once, in this process, and prints frames a second, real-time factor, processor time and peak memory.")
        {
            scenario, seconds, input, json,
        };
        command.SetAction(result =>
        {
            string? file = result.GetValue(input);
            if (file is not null && result.GetResult(seconds) is { Implicit: false })
            {
                return Fail($"bench run {file}: --seconds is the length of a generated clip; leave it out with --input", Usage);
            }

            EncodeSettings? settings = RunCommand.Read(result.GetRequiredValue(scenario), result.GetValue(seconds), out string? problem);
            return settings is null
                ? Fail($"bench run: {problem}", Usage)
                : new RunCommand(settings, file, result.GetValue(json)).Run();
        });
        return command;
    }
}
